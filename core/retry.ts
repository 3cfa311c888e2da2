import { isRetriable } from './errors.ts'
import { sleep } from './time.ts'

export interface Backoff {
  readonly firstMs: number
  readonly maxMs: number
  /** Told about each failed attempt, so that it can be counted and shown. */
  readonly onRetry: (error: unknown, attempt: number, waitMs: number) => void
  /** Told once at the first failure, and once when the work has ended after it, whichever way. */
  readonly onWaiting?: (isWaiting: boolean) => void
}

/** Work that went on for so long was all right: the next failure waits briefly again. */
const goodRunMs = 60_000

/** Repeats `work` while it fails with an error whose decision is `retry`; doubles the wait each time, up to `maxMs`. */
export async function withRetry<T>(
  work: () => Promise<T>,
  backoff: Backoff,
  signal: AbortSignal,
): Promise<T> {
  let isWaiting = false
  const onRetry: Backoff['onRetry'] = (...failure) => {
    if (!isWaiting) backoff.onWaiting?.(true)
    isWaiting = true
    backoff.onRetry(...failure)
  }
  try {
    return await repeated(work, { ...backoff, onRetry }, signal)
  } finally {
    if (isWaiting) backoff.onWaiting?.(false)
  }
}

async function repeated<T>(work: () => Promise<T>, backoff: Backoff, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const begunMs = performance.now()
    try {
      return await work()
    } catch (error) {
      if (!isRetriable(error) || signal.aborted) throw error
      if (performance.now() - begunMs > goodRunMs) attempt = 1
      const waitMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** (attempt - 1))
      backoff.onRetry(error, attempt, waitMs)
      await sleep(waitMs, signal)
    }
  }
}
