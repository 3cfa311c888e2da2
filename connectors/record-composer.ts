import { ByteWriter } from '../core/byte-writer.ts'
import { encodeHeaders, type RecordHeader } from '../kafka/record-headers.ts'
import type { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import type { RecordSpan } from '../kafka/record-span.ts'
import type { Change } from '../schemas/change.ts'
import type { EncodedValue } from '../schemas/overlay.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import type { CapturedTable } from './captured-table.ts'
import { writeKey } from './write-key.ts'

const firstBytes = 1 << 16
/** A buffer that grew beyond this, for one large row, is left to the garbage collector with the next record. */
const keepBytes = 4 << 20

/**
 * The record being put together: key and value side by side in one buffer that the next record reuses. Append it to a
 * batch before composing another.
 */
export class RecordComposer implements RecordSpan {
  keyStart = -1
  keyEnd = -1
  valueStart = -1
  valueEnd = -1
  valueBytes = 0
  partition = 0
  headers: Buffer | null = null
  #record = new ByteWriter(firstBytes)
  #headerList: readonly RecordHeader[] | null = null

  get bytes(): Uint8Array {
    return this.#record.buffer
  }

  /** Bytes of key, value and headers. */
  get size(): number {
    return this.keyEnd - this.keyStart + this.valueBytes + (this.headers?.length ?? 0)
  }

  /** Key and partition from `row`; a table without a key has neither: null key, partition 0. */
  key(table: CapturedTable, row: FieldSlices): void {
    this.#begin()
    this.headers = null
    this.valueStart = -1
    this.valueEnd = -1
    this.valueBytes = 0
    if (table.keyFields.length === 0) return this.noKey()
    this.partition = writeKey(table, row, this.#record)
    this.keyStart = 0
    this.keyEnd = this.#record.position
  }

  noKey(): void {
    this.#begin()
    this.headers = null
    this.keyStart = -1
    this.keyEnd = -1
    this.partition = 0
  }

  /** The envelope, behind the key. `extra` headers come before those that the envelope itself needs. */
  value(table: CapturedTable, change: Change, extra: readonly RecordHeader[] | null): void {
    const start = this.#record.position
    const own = table.encoder.value(change, this.#record)
    this.valueStart = start
    this.valueEnd = this.#record.position
    this.valueBytes = this.valueEnd - start
    this.#setHeaders(own, extra)
  }

  /** The envelope, begun in the batch of its partition and nowhere else. `extra` as for `value`. */
  valueIn(
    batch: RecordBatchWriter,
    table: CapturedTable,
    change: Change,
    extra: readonly RecordHeader[] | null,
  ): void {
    const out = batch.begin(this)
    const start = out.position
    const own = table.encoder.value(change, out)
    this.valueBytes = out.position - start
    this.#setHeaders(own, extra)
  }

  /** The value and its headers, to be kept. */
  copyOfValue(): EncodedValue {
    return {
      value: Buffer.from(this.#record.buffer.subarray(this.valueStart, this.valueEnd)),
      headers: this.#headerList,
    }
  }

  /** Turns the record into the tombstone of its key. */
  tombstone(): void {
    this.headers = null
    this.valueStart = -1
    this.valueEnd = -1
    this.valueBytes = 0
  }

  #begin(): void {
    if (this.#record.buffer.length > keepBytes) this.#record = new ByteWriter(firstBytes)
    this.#record.position = 0
  }

  #setHeaders(own: readonly RecordHeader[] | null, extra: readonly RecordHeader[] | null): void {
    this.#headerList = own === null && extra === null ? null : [...(extra ?? []), ...(own ?? [])]
    this.headers = this.#headerList && encodeHeaders(this.#headerList)
  }
}
