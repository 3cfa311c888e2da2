import type { ErrorEntry } from './errors.ts'

/** Exit codes: 0 done, 1 unexpected, 2 wrong input, 3 a check failed, 4 halted, 5 a server could not be reached. */
export const ask = (meaning: string, remedy: string): ErrorEntry => ({
  decision: 'ask',
  exit: 2,
  meaning,
  remedy,
})
export const halt = (meaning: string, remedy: string): ErrorEntry => ({
  decision: 'halt',
  exit: 4,
  meaning,
  remedy,
})
export const retry = (meaning: string, remedy: string): ErrorEntry => ({
  decision: 'retry',
  exit: 5,
  meaning,
  remedy,
})
export const checkFailed = (meaning: string, remedy: string): ErrorEntry => ({
  decision: 'ask',
  exit: 3,
  meaning,
  remedy,
})
