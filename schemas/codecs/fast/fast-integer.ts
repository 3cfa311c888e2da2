import type { Put, Take } from './fast-codec.ts'
import { appendDigits, putDigits, putVarint } from './fast-digits.ts'

const minus = 0x2d

/** Up to nine digits. */
// oxlint-disable-next-line max-params -- see `Put`
export const putInteger: Put = (source, start, length, target, position) => {
  if (length < 1) return -1
  const negative = source.getUint8(start) === minus
  const first = negative ? start + 1 : start
  const end = start + length
  if (end - first > 9 || end === first) return -1
  const value = appendDigits(0, source, first, end)
  if (value < 0 || (negative && value === 0)) return -1
  return putVarint(negative ? (value << 1) - 1 : value << 1, target, position)
}

/** Numbers of 32 bits. */
export const takeInteger: Take = (source, start, target, position) => {
  let byte = source.getUint8(start)
  let zigzag = byte & 127
  for (let index = start, shift = 7; byte > 127; shift += 7) {
    byte = source.getUint8(++index)
    if (shift === 28 && byte > 14) return -1
    zigzag |= (byte & 127) << shift
  }
  if ((zigzag & 1) === 0) return putDigits(zigzag >>> 1, target, position)
  target.setUint8(position, minus)
  return putDigits((zigzag >>> 1) + 1, target, position + 1)
}
