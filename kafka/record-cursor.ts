import { MigrationError } from '../core/errors.ts'
import type { FetchedBatch } from './log.ts'
import type { RecordHeader } from './record-headers.ts'
import type { RecordSpan } from './record-span.ts'

/**
 * Walks the records of a fetched batch without copying or allocating. One cursor serves many batches:
 * `cursor.open(batch); while (cursor.next()) …`. Starts and ends point into `bytes`; -1 means null.
 */
export class RecordCursor implements RecordSpan {
  bytes: Buffer = Buffer.alloc(0)
  offsetDelta = 0
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1
  headerCount = 0
  headersStart = 0
  #position = 0
  #end = 0
  #left = 0
  #baseOffset = 0n
  #place = ''

  open(batch: FetchedBatch): void {
    this.bytes = batch.bytes
    this.#position = batch.start
    this.#end = batch.end
    this.#left = batch.count
    this.#baseOffset = batch.baseOffset
    this.#place = `${batch.topic}/${batch.partition}@${batch.baseOffset}`
  }

  /** Moves to the next record; false when there is none. Throws `kafka.corrupt_batch` when the bytes make no sense. */
  next(): boolean {
    if (this.#left === 0) return false
    this.#left--
    const length = this.#varint()
    const recordEnd = this.#position + length
    if (length < 6 || recordEnd > this.#end) throw this.#corrupt()
    this.#position++
    this.#skipVarlong()
    this.offsetDelta = this.#varint()
    const keyBytes = this.#varint()
    this.keyStart = keyBytes < 0 ? -1 : this.#position
    this.keyEnd = keyBytes < 0 ? -1 : (this.#position += keyBytes)
    const valueBytes = this.#varint()
    this.valueStart = valueBytes < 0 ? -1 : this.#position
    this.valueEnd = valueBytes < 0 ? -1 : (this.#position += valueBytes)
    this.headerCount = this.#varint()
    this.headersStart = this.#position
    if (this.headersStart > recordEnd) throw this.#corrupt()
    this.#position = recordEnd
    return true
  }

  /** Where the next record begins in `bytes`. */
  get position(): number {
    return this.#position
  }

  /** The record's offset in its partition. Makes a bigint: for errors and progress, not for every record. */
  get offset(): bigint {
    return this.#baseOffset + BigInt(this.offsetDelta)
  }

  /** The current record's headers, copied. Slow, and does not move the cursor. */
  headers(): RecordHeader[] {
    const after = this.#position
    this.#position = this.headersStart
    const headers: RecordHeader[] = []
    for (let index = 0; index < this.headerCount; index++) {
      const name = this.#slice(this.#varint()).toString()
      const valueBytes = this.#varint()
      headers.push([name, valueBytes < 0 ? null : Buffer.from(this.#slice(valueBytes))])
    }
    this.#position = after
    return headers
  }

  #slice(length: number): Buffer {
    const start = this.#position
    this.#position += length
    if (length < 0 || this.#position > this.#end) throw this.#corrupt()
    return this.bytes.subarray(start, this.#position)
  }

  #varint(): number {
    const bytes = this.bytes
    let byte = bytes[this.#position++] ?? 0
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let zigzag = byte & 0x7f
    for (let shift = 7; byte > 0x7f && shift < 35; shift += 7) {
      byte = bytes[this.#position++] ?? 0
      zigzag |= (byte & 0x7f) << shift
    }
    return (zigzag >>> 1) ^ -(zigzag & 1)
  }

  #skipVarlong(): void {
    while ((this.bytes[this.#position++] ?? 0) > 0x7f);
  }

  #corrupt(): MigrationError {
    return new MigrationError('kafka.corrupt_batch', `The record batch at ${this.#place} is damaged`)
  }
}
