const SEED = 0x9747b28c
const MULTIPLIER = 0x5bd1e995

/** The 32-bit murmur2 hash of `bytes[start, end)`, as Kafka's Java client computes it. Signed. */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const wholeEnd = start + (length & ~3)
  let hash = SEED ^ length
  for (let at = start; at < wholeEnd; at += 4) {
    let word =
      byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  return mix(length & 3 ? Math.imul(hash ^ tail(bytes, wholeEnd, end), MULTIPLIER) : hash)
}

/** The partition that Kafka's default partitioner gives a record with the key `bytes[start, end)`. */
export function partitionFor(bytes: Uint8Array, start: number, end: number, partitions: number): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % partitions
}

function tail(bytes: Uint8Array, start: number, end: number): number {
  let word = 0
  for (let at = end - 1; at >= start; at--) word = (word << 8) | byteAt(bytes, at)
  return word
}

function mix(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 13), MULTIPLIER)
  return half ^ (half >>> 15)
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}
