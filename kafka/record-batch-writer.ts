import { ByteWriter } from '../core/byte-writer.ts'
import type { EncodedRecords } from './log.ts'
import type { RecordSpan } from './record-span.ts'
import { varintSize, writeVarint } from './varint.ts'

/** Five varints of at most five bytes, the attributes and the time. */
const mostOverheadBytes = 27

/** Where a record's key lies. A start of -1 means null. */
export type KeySpan = Pick<RecordSpan, 'bytes' | 'keyStart' | 'keyEnd'>

/** Collects the records for one partition, encoded as Kafka stores them, in a buffer that grows and is reused. */
export class RecordBatchWriter {
  count = 0
  bytes = 0
  readonly #out: ByteWriter
  #key: KeySpan = noKey
  /** Bytes of the record between its first length and that of its value. */
  #frontBytes = 0
  #valueStart = 0
  #valueBytes = 0

  constructor(initialBytes = 1 << 16) {
    this.#out = new ByteWriter(initialBytes)
  }

  /** Bytes of memory that the buffer takes, used or not. */
  get capacity(): number {
    return this.#out.buffer.length
  }

  /** Appends a record. `headers` come from `encodeHeaders`; null means none. A record stays below 1 GB. */
  append(record: RecordSpan, headers: Buffer | null): void {
    const { valueStart, valueEnd } = record
    if (valueStart < 0) {
      this.#begin(record, -1)
      this.#end(-1, headers)
    } else {
      this.#begin(record, valueEnd - valueStart)
      this.#out.bytes(record.bytes, valueStart, valueEnd)
      this.#end(valueEnd - valueStart, headers)
    }
  }

  /**
   * Begins a record whose value is not known yet: it is written to what is returned, behind what is there, so that it need
   * not be copied. `end` appends it; a record that is not ended is forgotten. The key must stay as it is until then.
   */
  begin(key: KeySpan): ByteWriter {
    // Most often the value is about as long as the one before, and then it lies in the right place.
    this.#begin(key, this.#valueBytes)
    return this.#out
  }

  /** Appends the record that was begun. */
  end(headers: Buffer | null): void {
    this.#valueBytes = this.#out.position - this.#valueStart
    this.#end(this.#valueBytes, headers)
  }

  /** What was appended, for `publish`. It shares the buffer: reset only after the publish has resolved. */
  encoded(topic: string, partition: number): EncodedRecords {
    return { topic, partition, bytes: this.#out.buffer.subarray(0, this.bytes), count: this.count }
  }

  /** Forgets all records and keeps the buffer. */
  reset(): void {
    this.count = 0
    this.bytes = 0
  }

  #begin(key: KeySpan, valueBytes: number): void {
    const keyBytes = keyBytesOf(key)
    // Attributes and the time difference, both 0, are a byte each.
    this.#frontBytes = 2 + varintSize(this.count) + sizeWithLength(keyBytes)
    this.#key = key
    this.#valueStart = this.#placeOfValue(valueBytes, 1)
    const out = this.#out
    out.position = this.bytes
    out.reserve(mostOverheadBytes + Math.max(0, keyBytes))
    out.position = this.#valueStart
  }

  #end(valueBytes: number, headers: Buffer | null): void {
    const headerBytes = headers?.length ?? 1
    this.#moveValue(this.#placeOfValue(valueBytes, headerBytes), Math.max(0, valueBytes))
    const out = this.#out
    const valueEnd = out.position
    out.reserve(headerBytes)
    const target = out.buffer
    let at = writeVarint(target, this.bytes, this.#frontBytes + sizeWithLength(valueBytes) + headerBytes)
    target[at++] = 0
    target[at++] = 0
    at = writeVarint(target, at, this.count)
    at = writeVarint(target, at, keyBytesOf(this.#key))
    out.position = at
    if (this.#key.keyStart >= 0) out.bytes(this.#key.bytes, this.#key.keyStart, this.#key.keyEnd)
    writeVarint(target, out.position, valueBytes)
    if (headers === null) target[valueEnd] = 0
    else headers.copy(target, valueEnd)
    this.bytes = valueEnd + headerBytes
    this.count++
  }

  /** Its place depends on how many bytes the lengths before it take. */
  #placeOfValue(valueBytes: number, headerBytes: number): number {
    const front = this.#frontBytes + varintSize(valueBytes)
    return this.bytes + varintSize(front + Math.max(0, valueBytes) + headerBytes) + front
  }

  #moveValue(start: number, valueBytes: number): void {
    const out = this.#out
    const from = this.#valueStart
    if (start !== from) {
      out.reserve(Math.max(0, start - from))
      out.buffer.copyWithin(start, from, from + valueBytes)
    }
    out.position = start + valueBytes
  }
}

const noKey: KeySpan = { bytes: new Uint8Array(0), keyStart: -1, keyEnd: -1 }

function keyBytesOf({ keyStart, keyEnd }: KeySpan): number {
  return keyStart < 0 ? -1 : keyEnd - keyStart
}

function sizeWithLength(bytes: number): number {
  return varintSize(bytes) + (bytes < 0 ? 0 : bytes)
}
