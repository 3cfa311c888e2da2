/** Copies `length` bytes, four at a time; false if there is a byte that COPY's text form escapes, or another that is below 14. */
// oxlint-disable-next-line max-params -- positions are numbers, not objects
export function copyPlainBytes(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  length: number,
): boolean {
  let special = 0
  if (length < 4) {
    for (let i = 0; i < length; i++) {
      const byte = source.getUint8(from + i)
      special |= hasSpecial(byte | 0x2020_2000)
      target.setUint8(to + i, byte)
    }
    return special === 0
  }
  const last = length - 4
  for (let i = 0; i < last; i += 4) {
    const four = source.getInt32(from + i, true)
    special |= hasSpecial(four)
    target.setInt32(to + i, four, true)
  }
  const four = source.getInt32(from + last, true)
  target.setInt32(to + last, four, true)
  return (special | hasSpecial(four)) === 0
}

/** Whether none of these bytes is one that COPY's text form escapes, or another that is below 14. */
export function arePlain(bytes: DataView, start: number, end: number): boolean {
  let special = 0
  let at = start
  for (; at + 4 <= end; at += 4) special |= hasSpecial(bytes.getInt32(at, true))
  for (; at < end; at++) special |= hasSpecial(bytes.getUint8(at) | 0x2020_2000)
  return special === 0
}

/** Not 0 if one of the four bytes is a backslash or below 14, by the borrow of a subtraction. */
function hasSpecial(four: number): number {
  const unlikeBackslash = four ^ 0x5c5c_5c5c
  const below = (four - 0x0e0e_0e0e) & ~four
  const backslash = (unlikeBackslash - 0x0101_0101) & ~unlikeBackslash
  return (below | backslash) & 0x8080_8080
}
