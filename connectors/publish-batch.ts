import type { EncodedRecords } from '../kafka/log.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import type { RecordSpan } from '../kafka/record-span.ts'
import type { StateChange } from '../schemas/state-records.ts'

/** Limits of one Kafka transaction. A partition's records go into record batches, which the topic limits. */
const limits = { bytes: 8 << 20, partitionBytes: 1 << 20, events: 16_384 }

/** Buffers of an empty batch together. Each keeps the size that it once needed: with many tables that adds up. */
const keepBytes = 32 << 20

/** Events of the log that go into one Kafka transaction, with the state that belongs to them. */
export class PublishBatch {
  events = 0
  bytes = 0
  full = false
  readonly state: StateChange[] = []
  /** By topic and partition: several where one message of the log made more than one large record. */
  readonly #topics = new Map<string, RecordBatchWriter[][]>()

  append(topic: string, partition: number, record: RecordSpan, headers: Buffer | null): void {
    const writer = this.writer(topic, partition)
    const before = writer.bytes
    writer.append(record, headers)
    this.appended(writer, before)
  }

  /** Counts a record that was appended to one of our writers, which had `before` bytes. */
  appended(writer: RecordBatchWriter, before: number): void {
    this.bytes += writer.bytes - before
    this.events++
    if (writer.bytes >= limits.partitionBytes || this.bytes >= limits.bytes || this.events >= limits.events)
      this.full = true
  }

  /** What was appended, in publishing order. */
  batches(): EncodedRecords[] {
    return [...this.#topics].flatMap(([topic, partitions]) =>
      partitions.flatMap((writers, partition) =>
        writers.filter(({ count }) => count > 0).map(writer => writer.encoded(topic, partition)),
      ),
    )
  }

  /** Empties the batch for reuse; its buffers stay unless they have become large. */
  reset(): void {
    let capacity = 0
    for (const writers of this.#eachPartition()) {
      writers.length = 1
      for (const writer of writers) {
        writer.reset()
        capacity += writer.capacity
      }
    }
    if (capacity > keepBytes) this.#topics.clear()
    this.state.length = 0
    this.events = 0
    this.bytes = 0
    this.full = false
  }

  *#eachPartition(): Generator<RecordBatchWriter[]> {
    for (const partitions of this.#topics.values()) yield* partitions
  }

  /**
   * Where the next record of a partition is appended; say so with `appended`. A batch that has its size takes no more: it may be
   * larger than the limit by one record only.
   */
  writer(topic: string, partition: number): RecordBatchWriter {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) {
      partitions = []
      this.#topics.set(topic, partitions)
    }
    while (partitions.length <= partition) partitions.push([new RecordBatchWriter(4096)])
    const writers = partitions[partition] ?? []
    const last = writers.at(-1)
    if (last !== undefined && last.bytes < limits.partitionBytes) return last
    const writer = new RecordBatchWriter(4096)
    writers.push(writer)
    return writer
  }
}
