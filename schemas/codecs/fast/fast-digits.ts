/** Writes a whole number from 0 to 2^31 - 1 in decimal digits. Returns where it ends. */
export function putDigits(value: number, target: DataView, position: number): number {
  let width = 1
  for (let limit = 10; width < 10 && value >= limit; limit *= 10) width++
  return putPadded(value, width, target, position)
}

/** Writes a whole number from 0 to 2^31 - 1 with `width` digits, zeros in front. Returns where it ends. */
export function putPadded(value: number, width: number, target: DataView, position: number): number {
  let rest = value
  for (let at = position + width - 1; at >= position; at--) {
    const next = (rest / 10) | 0
    target.setUint8(at, 48 + (rest - next * 10))
    rest = next
  }
  return position + width
}

/** Writes a whole number from 0 to 2^31 - 1 as a varint. Returns where it ends. */
export function putVarint(value: number, target: DataView, position: number): number {
  let rest = value
  let at = position
  while (rest > 127) {
    target.setUint8(at++, (rest & 127) | 128)
    rest >>>= 7
  }
  target.setUint8(at++, rest)
  return at
}

/** Digits of `source[start, end)` behind `value`; -1 if there is anything else. */
export function appendDigits(value: number, source: DataView, start: number, end: number): number {
  let all = value
  for (let i = start; i < end; i++) {
    const digit = source.getUint8(i) - 48
    if (digit < 0 || digit > 9) return -1
    all = all * 10 + digit
  }
  return all
}
