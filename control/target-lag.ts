import type { PartitionRange, Starting, TopicPartition } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'

/** A partition in which a target is behind. */
export interface PartitionLag {
  /** The first offset that is not applied. */
  readonly next: Starting
  /** Offsets from there to the end of what is written. */
  readonly behind: number
}

/** Where a target is behind what is published. A partition that it has never heard of is behind from its first offset. */
export function targetLag(
  ranges: readonly PartitionRange[],
  progress: readonly (TopicPartition & { readonly nextOffset: bigint })[],
): readonly PartitionLag[] {
  const applied = new Map(
    progress.map(({ topic, partition, nextOffset }) => [partitionId({ topic, partition }), nextOffset]),
  )
  return ranges.flatMap(({ topic, partition, start, written }) => {
    const next = applied.get(partitionId({ topic, partition })) ?? start
    const offset = next > start ? next : start
    return offset < written ? [{ next: { topic, partition, offset }, behind: Number(written - offset) }] : []
  })
}
