import { byteAt } from './byte-at.ts'

const minus = 0x2d
const dot = 0x2e
const zero = 0x30

/**
 * The number that `scanDecimal` found: `digits[0, count)` without zeros in front, the last `scale` of them decimals. One
 * for all: use it before the next scan.
 */
export const scannedDecimal = { digits: Buffer.alloc(1024), count: 0, scale: 0, negative: false }

/** Reads decimal text such as `-12.50`. False if it is anything else (NaN, Infinity, an exponent). */
export function scanDecimal(source: Uint8Array, start: number, length: number): boolean {
  const scanned = scannedDecimal
  // Twice as long: bringing it to another scale may add as many zeros.
  if (scanned.digits.length < length * 2) scanned.digits = Buffer.alloc(length * 4)
  const end = start + length
  const negative = byteAt(source, start) === minus
  const first = negative ? start + 1 : start
  scanned.negative = negative
  scanned.count = 0
  const point = scanDigits(source, first, end)
  const last = point < end && byteAt(source, point) === dot ? scanDigits(source, point + 1, end) : point
  scanned.scale = Math.max(0, end - point - 1)
  return last === end && end > first + (point < end ? 1 : 0)
}

/** Takes over digits, but for zeros in front. Returns where something else comes. */
function scanDigits(source: Uint8Array, from: number, end: number): number {
  const scanned = scannedDecimal
  let index = from
  for (; index < end; index++) {
    const byte = byteAt(source, index)
    if (byte < zero || byte > 57) break
    if (scanned.count > 0 || byte !== zero) scanned.digits[scanned.count++] = byte
  }
  return index
}
