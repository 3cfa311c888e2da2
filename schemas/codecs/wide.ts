import { digitAt } from './byte-at.ts'

/**
 * An unsigned 64-bit number beyond what a double holds, as two halves: the result of `parseWide` and `readWide`. One for
 * all: read it before the next call.
 */
export const wide = { high: 0, low: 0 }

const half = 4_294_967_296

/** Reads the decimal digits of `source[start, end)`, at most 19 of them, into `wide`. False if there is anything else. */
export function parseWide(source: Uint8Array, start: number, end: number): boolean {
  if (end - start > 19 || end <= start) return false
  const split = Math.min(end, start + 15)
  const first = parseDigits(source, start, split)
  if (first < 0) return false
  let high = Math.floor(first / half)
  let low = first - high * half
  for (let i = split; i < end; i++) {
    const digit = digitAt(source, i)
    if (digit < 0 || digit > 9) return false
    low = low * 10 + digit
    const carry = Math.floor(low / half)
    low -= carry * half
    high = high * 10 + carry
  }
  wide.high = high
  wide.low = low
  return true
}

/** The number that the decimal digits of `source[start, end)` make, up to 15 of them; -1 if there is anything else or nothing. */
export function parseDigits(source: Uint8Array, start: number, end: number): number {
  if (end <= start) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = digitAt(source, i)
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
