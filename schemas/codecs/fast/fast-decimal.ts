import type { Put, Take } from './fast-codec.ts'
import { appendDigits, putDigits, putPadded } from './fast-digits.ts'

const minus = 0x2d
const dot = 0x2e
const half = 4_294_967_296

/** Up to 15 digits, of which exactly `scale` are decimals. */
export function putDecimal(scale: number): Put {
  // oxlint-disable-next-line max-params -- see `Put`
  return (source, start, length, target, position) => {
    if (length < 1) return -1
    const negative = source.getUint8(start) === minus
    const value = digitsOf(source, negative ? start + 1 : start, start + length, scale)
    return value < 0 ? -1 : putUnscaled(negative ? -value : value, target, position)
  }
}

// oxlint-disable-next-line max-params -- positions are numbers, not objects
function digitsOf(source: DataView, first: number, end: number, scale: number): number {
  const point = scale === 0 ? end : end - scale - 1
  if (point <= first || end - first > 15) return -1
  const whole = appendDigits(0, source, first, point)
  if (scale === 0 || whole < 0) return whole
  return source.getUint8(point) === dot ? appendDigits(whole, source, point + 1, end) : -1
}

/** Writes a whole number below 2^53 as Avro bytes: big-endian two's complement, as few bytes as possible. */
function putUnscaled(value: number, target: DataView, position: number): number {
  let bytes = 1
  for (let limit = 128; value >= limit || value < -limit; limit *= 256) bytes++
  target.setUint8(position, bytes << 1)
  const end = position + 1 + bytes
  let low = value | 0
  let at = end - 1
  for (const stop = Math.max(position + 1, end - 4); at >= stop; at--) {
    target.setUint8(at, low)
    low >>= 8
  }
  if (at <= position) return end
  for (let high = Math.floor(value / half); at > position; at--) {
    target.setUint8(at, high)
    high >>= 8
  }
  return end
}

/** Numbers of up to 48 bits whose part before the point has up to 31. */
export function takeDecimal(scale: number): Take {
  const unit = 10 ** scale
  return (source, start, target, position) => {
    const length = source.getUint8(start) >> 1
    if (length < 1 || length > 6) return -1
    let value = source.getInt8(start + 1)
    for (let i = start + 2; i <= start + length; i++) value = value * 256 + source.getUint8(i)
    let at = position
    if (value < 0) {
      target.setUint8(at++, minus)
      value = -value
    }
    const whole = Math.floor(value / unit)
    if (whole > 0x7fff_ffff) return -1
    at = putDigits(whole, target, at)
    if (scale === 0) return at
    target.setUint8(at++, dot)
    return putPadded(value - whole * unit, scale, target, at)
  }
}
