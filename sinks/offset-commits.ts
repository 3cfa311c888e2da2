import type { GroupConsumer } from '../kafka/log.ts'
import type { PartitionState } from './partition-state.ts'

/** Tells the group's offsets to lag tools, each when it has moved. */
export class OffsetCommits {
  readonly #consumer: GroupConsumer
  readonly #told = new WeakMap<PartitionState, bigint>()

  constructor(consumer: GroupConsumer) {
    this.#consumer = consumer
  }

  async commit(partitions: readonly PartitionState[]): Promise<void> {
    const moved = partitions.filter(partition => this.#told.get(partition) !== partition.applied.nextOffset)
    if (moved.length === 0) return
    const offsets = moved.map(({ topic, partition, applied }) => ({
      topic,
      partition,
      offset: applied.nextOffset,
    }))
    await this.#consumer.commit(offsets)
    for (const [index, partition] of moved.entries()) {
      const offset = offsets[index]?.offset
      if (offset !== undefined) this.#told.set(partition, offset)
    }
  }
}
