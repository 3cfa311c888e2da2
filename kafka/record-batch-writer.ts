import type { EncodedRecords } from './log.ts'
import type { RecordSpan } from './record-span.ts'
import { varintSize, writeVarint } from './varint.ts'

/** Below this a loop is faster than the view that a native copy needs. */
const LOOP_BYTES = 96
/** Five varints of at most five bytes, the attributes and the time. */
const RECORD_OVERHEAD_BYTES = 27

/** Collects the records for one partition, encoded as Kafka stores them, in a buffer that grows and is reused. */
export class RecordBatchWriter {
  count = 0
  bytes = 0
  #buffer: Buffer

  constructor(initialBytes = 1 << 16) {
    this.#buffer = Buffer.allocUnsafeSlow(initialBytes)
  }

  /** Bytes of memory that the buffer takes, used or not. */
  get capacity(): number {
    return this.#buffer.length
  }

  /** Appends a record. `headers` come from `encodeHeaders`; null means none. A record stays below 1 GB. */
  append(record: RecordSpan, headers: Buffer | null): void {
    const keyBytes = record.keyStart < 0 ? -1 : record.keyEnd - record.keyStart
    const valueBytes = record.valueStart < 0 ? -1 : record.valueEnd - record.valueStart
    // Attributes and the time difference, both 0, are a byte each.
    const bodyBytes =
      2 +
      varintSize(this.count) +
      sizeWithLength(keyBytes) +
      sizeWithLength(valueBytes) +
      (headers?.length ?? 1)
    this.#reserve(bodyBytes + RECORD_OVERHEAD_BYTES)
    const target = this.#buffer
    let at = writeVarint(target, this.bytes, bodyBytes)
    target[at++] = 0
    target[at++] = 0
    at = writeVarint(target, at, this.count)
    at = writeVarint(target, at, keyBytes)
    at = copyKey(target, at, record)
    at = writeVarint(target, at, valueBytes)
    at = copyValue(target, at, record)
    if (headers === null) target[at++] = 0
    else at += headers.copy(target, at)
    this.bytes = at
    this.count++
  }

  /** What was appended, for `publish`. It shares the buffer: reset only after the publish has resolved. */
  encoded(topic: string, partition: number): EncodedRecords {
    return { topic, partition, bytes: this.#buffer.subarray(0, this.bytes), count: this.count }
  }

  /** Forgets all records and keeps the buffer. */
  reset(): void {
    this.count = 0
    this.bytes = 0
  }

  #reserve(bytes: number): void {
    const needed = this.bytes + bytes
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.bytes)
    this.#buffer = larger
  }
}

function sizeWithLength(bytes: number): number {
  return varintSize(bytes) + (bytes < 0 ? 0 : bytes)
}

function copyKey(target: Buffer, at: number, record: RecordSpan): number {
  const source = record.bytes
  const end = record.keyEnd
  if (end - record.keyStart > LOOP_BYTES) {
    target.set(source.subarray(record.keyStart, end), at)
    return at + end - record.keyStart
  }
  let to = at
  for (let from = record.keyStart; from < end; ) target[to++] = source[from++] ?? 0
  return to
}

function copyValue(target: Buffer, at: number, record: RecordSpan): number {
  const source = record.bytes
  const end = record.valueEnd
  if (end - record.valueStart > LOOP_BYTES) {
    target.set(source.subarray(record.valueStart, end), at)
    return at + end - record.valueStart
  }
  let to = at
  for (let from = record.valueStart; from < end; ) target[to++] = source[from++] ?? 0
  return to
}
