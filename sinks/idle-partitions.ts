import type { GroupConsumer } from '../kafka/log.ts'
import type { Assignment } from './assignment.ts'
import type { PartitionState } from './partition-state.ts'

/**
 * Moves partitions past offsets that hold no events and never will: Kafka's marks of transactions take up offsets. Without
 * this a target that has applied everything would seem to lack something.
 */
export class IdlePartitions {
  readonly #consumer: GroupConsumer
  readonly #seen = new WeakMap<PartitionState, bigint>()

  constructor(consumer: GroupConsumer) {
    this.#consumer = consumer
  }

  /** One that moved since the last look is left alone: its next batch takes it past them, and each pass is a transaction. */
  pass(assignment: Assignment): void {
    for (const partition of assignment.partitions) {
      const { topic, partition: number, next, applied } = partition
      const stands = this.#seen.get(partition) === next && applied.nextOffset === next
      this.#seen.set(partition, next)
      if (!stands) continue
      const place = { topic, partition: number, offset: next }
      const end = this.#consumer.emptyTo(place)
      if (end > next) assignment.pass(place, end)
    }
  }
}
