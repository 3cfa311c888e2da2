/** Writes a whole number from 0 to 2^31 in decimal digits. Returns where it ends. */
export function putDigits(value: number, target: DataView, position: number): number {
  if (value < 10) {
    target.setUint8(position, 48 + value)
    return position + 1
  }
  return putPadded(value, widthOf(value), target, position)
}

function widthOf(value: number): number {
  if (value < 10_000) return value < 100 ? 2 : value < 1000 ? 3 : 4
  if (value < 1_000_000) return value < 100_000 ? 5 : 6
  if (value < 100_000_000) return value < 10_000_000 ? 7 : 8
  return value < 1_000_000_000 ? 9 : 10
}

/** Writes a whole number from 0 to 2^31 with `width` digits, zeros in front: two at a time. Returns where it ends. */
export function putPadded(value: number, width: number, target: DataView, position: number): number {
  let rest = value
  let at = position + width
  while (at - 2 >= position) {
    const next = (rest / 100) | 0
    const two = rest - next * 100
    // Of a number below 100, the first digit.
    const ten = (two * 103) >> 10
    at -= 2
    // What is left of ten times 256 when the ten itself is taken away tenfold.
    target.setUint16(at, 0x3030 + two + ten * 246)
    rest = next
  }
  if (at > position) target.setUint8(position, 48 + (rest % 10))
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
