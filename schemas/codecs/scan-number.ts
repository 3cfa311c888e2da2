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
  const first = byteAt(source, start) === minus ? start + 1 : start
  const point = digitsEnd(source, first, end)
  if (point === first || end - first > 15) return parseSlowly(source, start, length)
  if (point < end && (byteAt(source, point) !== dot || digitsEnd(source, point + 1, end) !== end)) {
    return parseSlowly(source, start, length)
  }
  const size = exactNumber(source, first, point, end)
  return first > start ? -size : size
}

/** The number that digits make, with a point at `point` or without one where it is the end. */
function exactNumber(source: Buffer, first: number, point: number, end: number): number {
  let value = 0
  for (let i = first; i < end; i++) if (i !== point) value = value * 10 + (byteAt(source, i) - 48)
  return point < end ? value / (powers[end - point - 1] ?? Number.NaN) : value
}

function digitsEnd(source: Buffer, from: number, end: number): number {
  let index = from
  while (index < end && byteAt(source, index) >= 48 && byteAt(source, index) <= 57) index++
  return index
}

function parseSlowly(source: Buffer, start: number, length: number): number | null {
  if (isAscii(source, start, length, 'NaN')) return Number.NaN
  const value = Number(source.toString('latin1', start, start + length))
  return Number.isNaN(value) || length === 0 ? null : value
}
