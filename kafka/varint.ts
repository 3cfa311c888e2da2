/** Kafka's varints: zigzag, seven bits a byte. Only for lengths, counts and deltas, which stay within 30 bits. */

/** Bytes that `value` takes, which is -1 or more. */
export function varintSize(value: number): number {
  const zigzag = (value << 1) ^ (value >> 31)
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x200000) return 3
  return zigzag < 0x10000000 ? 4 : 5
}

/** Writes `value` and returns the place after it. The room must be there. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let position = at
  while (rest > 0x7f) {
    target[position++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  target[position++] = rest
  return position
}
