import type { TopicPartition } from '../kafka/log.ts'
import { type EventOrder, isAbove } from './event-order.ts'
import type { PartitionProgress } from './sink.ts'

/** How far one partition is decoded, which runs ahead of what the target holds. */
export interface PartitionState extends TopicPartition {
  /** The first offset that is not in a batch yet. */
  next: bigint
  /** The highest order seen. */
  order: EventOrder
  /** What the target holds for sure. */
  applied: { readonly nextOffset: bigint; readonly order: EventOrder }
  /** Counts rewinds: what was fetched before one is void after it. */
  turn: number
  /** Texts of the keys whose events are held back behind parked ones. */
  readonly parked: Set<string>
}

export function partitionState(progress: PartitionProgress): PartitionState {
  const { topic, partition, nextOffset, order } = progress
  const applied = { nextOffset, order }
  return { topic, partition, next: nextOffset, order, applied, turn: 0, parked: new Set() }
}

/** Notes a streamed event; false when it is not above what was seen, so that it must be skipped. */
export function advanceOrder(partition: PartitionState, commit: bigint, index: bigint): boolean {
  const order = { commit, index }
  if (!isAbove(order, partition.order)) return false
  partition.order = order
  return true
}

/** Goes back to what the target holds. */
export function rewind(partition: PartitionState): void {
  partition.turn++
  partition.next = partition.applied.nextOffset
  partition.order = partition.applied.order
}
