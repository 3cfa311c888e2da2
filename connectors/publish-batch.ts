import type { EncodedRecords } from '../kafka/log.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import type { RecordSpan } from '../kafka/record-span.ts'
import type { StateChange } from '../schemas/state-records.ts'

/** Limits of one Kafka transaction. A partition's share ends up in one record batch, which the topic limits. */
const limits = { bytes: 8 << 20, partitionBytes: 1 << 20, events: 16_384 }

/** A partition's buffer that grew beyond this is not kept. */
const keepBytes = 4 << 20

/** Events of the log that go into one Kafka transaction, with the state that belongs to them. */
export class PublishBatch {
  events = 0
  bytes = 0
  full = false
  readonly state: StateChange[] = []
  readonly #topics = new Map<string, RecordBatchWriter[]>()

  append(topic: string, partition: number, record: RecordSpan, headers: Buffer | null): void {
    const writer = this.#writer(topic, partition)
    const before = writer.bytes
    writer.append(record, headers)
    this.bytes += writer.bytes - before
    this.events++
    if (writer.bytes >= limits.partitionBytes || this.bytes >= limits.bytes || this.events >= limits.events)
      this.full = true
  }

  /** One entry per partition that has records. */
  records(): EncodedRecords[] {
    const records: EncodedRecords[] = []
    for (const [topic, writers] of this.#topics)
      writers.forEach((writer, partition) => {
        if (writer.count > 0) records.push(writer.encoded(topic, partition))
      })
    return records
  }

  /** Empties the batch for reuse; its buffers stay unless they are unusually large. */
  reset(): void {
    for (const [topic, writers] of this.#topics)
      if (writers.some(writer => writer.bytes > keepBytes)) this.#topics.delete(topic)
      else for (const writer of writers) writer.reset()
    this.state.length = 0
    this.events = 0
    this.bytes = 0
    this.full = false
  }

  #writer(topic: string, partition: number): RecordBatchWriter {
    let writers = this.#topics.get(topic)
    if (writers === undefined) {
      writers = []
      this.#topics.set(topic, writers)
    }
    while (writers.length <= partition) writers.push(new RecordBatchWriter(4096))
    return writers[partition] as RecordBatchWriter // the loop above made it
  }
}
