import { byteAt, isAscii } from './byte-at.ts'

const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))
const minus = 0x2d
const dot = 0x2e

/**
 * The double nearest to a floating-point number in the database's text; null if the text is not one. Exact without a
 * string for up to 15 digits without exponent, which is the common case; the engine's own parser does the rest.
 */
export function scanNumber(source: Buffer, start: number, length: number): number | null {
  const end = start + length
  const negative = byteAt(source, start) === minus
  let value = 0
  let digits = 0
  let point = -1
  for (let i = negative ? start + 1 : start; i < end; i++) {
    const byte = byteAt(source, i)
    if (byte === dot && point < 0) point = i
    else if (byte >= 48 && byte <= 57 && digits < 15) {
      value = value * 10 + (byte - 48)
      digits++
    } else return parseSlowly(source, start, length)
  }
  if (digits === 0) return null
  if (point >= 0) value /= powers[end - point - 1] ?? Number.NaN
  return negative ? -value : value
}

function parseSlowly(source: Buffer, start: number, length: number): number | null {
  if (isAscii(source, start, length, 'NaN')) return Number.NaN
  const value = Number(source.toString('latin1', start, start + length))
  return Number.isNaN(value) || length === 0 ? null : value
}
