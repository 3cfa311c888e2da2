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
  if (scanned.digits.length < length * 2) scanned.digits = Buffer.alloc(length * 4)
  const digits = scanned.digits
  scanned.negative = byteAt(source, start) === minus
  const end = start + length
  let count = 0
  let point = -1
  const first = scanned.negative ? start + 1 : start
  for (let i = first; i < end; i++) {
    const byte = byteAt(source, i)
    if (byte === dot && point < 0) point = i
    else if (byte < zero || byte > 57) return false
    else if (count > 0 || byte !== zero) digits[count++] = byte
  }
  scanned.count = count
  scanned.scale = point < 0 ? 0 : end - point - 1
  return end > first + (point < 0 ? 0 : 1)
}
