import type { ConsumerHandler, FetchedBatch, TopicPartition } from '../../kafka/log.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'

/** A consumer's handler that notes what it is told. `starts` says where a partition begins, 0 by default. */
export class RecordingHandler implements ConsumerHandler {
  readonly values: string[] = []
  readonly batches: FetchedBatch[] = []
  /** `assigned` and `revoked` with partitions, and `batch`, in the order in which they came. */
  readonly calls: string[] = []
  holding: TopicPartition[] = []
  starts: (partition: TopicPartition) => bigint = () => 0n
  onBatch: (batch: FetchedBatch) => Promise<void> = async () => undefined
  readonly #cursor = new RecordCursor()

  async assigned(partitions: readonly TopicPartition[]) {
    this.calls.push('assigned')
    this.holding = [...partitions]
    return partitions.map(partition => ({ ...partition, offset: this.starts(partition) }))
  }

  async revoked(): Promise<void> {
    this.calls.push('revoked')
    this.holding = []
  }

  async batch(batch: FetchedBatch): Promise<void> {
    this.calls.push('batch')
    this.batches.push(batch)
    this.#cursor.open(batch)
    while (this.#cursor.next()) {
      this.values.push(this.#cursor.bytes.toString('utf8', this.#cursor.valueStart, this.#cursor.valueEnd))
    }
    await this.onBatch(batch)
  }
}
