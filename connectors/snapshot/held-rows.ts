import type { EncodedRecords, FetchedBatch } from '../../kafka/log.ts'
import type { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import type { RecordSpan } from '../../kafka/record-span.ts'
import type { BatchPool } from './batch-pool.ts'
import type { PlacedRecord } from './placed-record.ts'
import { keyText } from './published-change.ts'

/** A partition's share is split into batches of about this size, because the topic limits the size of one batch. */
const batchBytes = 1 << 20
/** Encoders reserve more than they write: a batch ends before its buffer would grow for that. */
const spareBytes = 4096

/** Records for one topic, kept as the batches in which they will be published. */
export class HeldRows {
  bytes = 0
  count = 0
  readonly #topic: string
  readonly #pool: BatchPool
  readonly #partitions: RecordBatchWriter[][] = []

  constructor(topic: string, pool: BatchPool) {
    this.#topic = topic
    this.#pool = pool
  }

  hold(partition: number, record: RecordSpan, headers: Buffer | null): void {
    const writer = this.#writer(partition, spanBytes(record))
    const before = writer.bytes
    writer.append(record, headers)
    this.#held(writer.bytes - before)
  }

  /** Holds a record whose size nobody knows yet. */
  place(record: PlacedRecord): void {
    const guess = this.count === 0 ? 0 : this.bytes / this.count + spareBytes
    const writer = this.#writer(record.partition, guess)
    const before = writer.bytes
    record.appendTo(writer)
    if (writer.bytes > before) this.#held(writer.bytes - before)
  }

  /** What is held, in publishing order. It shares our buffers: `clear` after the publish. */
  batches(): EncodedRecords[] {
    return this.#partitions.flatMap((writers, partition) =>
      // A record that is put aside may leave the last batch empty.
      writers.filter(({ count }) => count > 0).map(writer => writer.encoded(this.#topic, partition)),
    )
  }

  /** Calls `visit` for each record in order. The cursor moves on afterwards. */
  forEach(visit: (partition: number, record: RecordCursor) => void): void {
    const cursor = new RecordCursor()
    this.#partitions.forEach((writers, partition) => {
      for (const writer of writers) {
        cursor.open(asFetched(writer.encoded(this.#topic, partition)))
        while (cursor.next()) visit(partition, cursor)
      }
    })
  }

  keys(): Set<string> {
    const keys = new Set<string>()
    this.forEach((_, record) => keys.add(keyText(record)))
    return keys
  }

  /** Forgets all rows and gives the buffers back. */
  clear(): void {
    for (const writers of this.#partitions) for (const writer of writers) this.#pool.give(writer)
    this.#partitions.length = 0
    this.bytes = 0
    this.count = 0
  }

  #held(bytes: number): void {
    this.bytes += bytes
    this.count++
  }

  /** With room for a record of about this size. */
  #writer(partition: number, recordBytes: number): RecordBatchWriter {
    while (this.#partitions.length <= partition) this.#partitions.push([])
    const writers = this.#partitions[partition] ?? []
    const last = writers.at(-1)
    // One that a record put aside has left empty is used before another: there is none between others.
    if (last !== undefined && (last.count === 0 || last.bytes + recordBytes <= batchBytes)) return last
    const writer = this.#pool.take()
    writers.push(writer)
    return writer
  }
}

function spanBytes(record: RecordSpan): number {
  return record.keyEnd - record.keyStart + record.valueEnd - record.valueStart
}

/** Our own batch as a reader sees it. */
function asFetched(records: EncodedRecords): FetchedBatch {
  return {
    ...records,
    baseOffset: 0n,
    since: 0n,
    nextOffset: BigInt(records.count),
    start: 0,
    end: records.bytes.length,
    timestampMs: 0,
  }
}
