import type { TableBatch } from './table-batch.ts'

/** Which entry of a batch was the last with a key: an open hash table over the key's bytes, without an object for a key. */
export class KeyIndex {
  readonly #batch: TableBatch
  readonly #mask: number
  /** Entry + 1; 0 is free. */
  readonly #slots: Int32Array

  constructor(batch: TableBatch) {
    const size = 1 << (32 - Math.clz32(batch.count * 2))
    this.#batch = batch
    this.#mask = size - 1
    this.#slots = new Int32Array(size)
  }

  /** Puts the entry in the place of the earlier one with the same key, which is returned; -1 if there is none. */
  replace(entry: number): number {
    let slot = this.#hash(entry) & this.#mask
    for (;;) {
      const earlier = (this.#slots[slot] ?? 0) - 1
      if (earlier < 0 || this.#sameKey(earlier, entry)) {
        this.#slots[slot] = entry + 1
        return earlier
      }
      slot = (slot + 1) & this.#mask
    }
  }

  #hash(entry: number): number {
    const bytes = this.#batch.bytesOf(entry)
    const end = this.#batch.keyEnd(entry)
    let hash = 0x811c9dc5
    for (let at = this.#batch.keyStart(entry); at < end; at++)
      hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
    return hash ^ (hash >>> 15)
  }

  #sameKey(one: number, other: number): boolean {
    const batch = this.#batch
    const start = batch.keyStart(one)
    const otherStart = batch.keyStart(other)
    const length = batch.keyEnd(one) - start
    if (batch.keyEnd(other) - otherStart !== length) return false
    const bytes = batch.bytesOf(one)
    const otherBytes = batch.bytesOf(other)
    for (let at = 0; at < length; at++) if (bytes[start + at] !== otherBytes[otherStart + at]) return false
    return true
  }
}
