import type { FetchedBatch } from '../kafka/log.ts'
import type { PartitionState } from './partition-state.ts'
import type { TruncateArrival } from './sink.ts'

/** A partition that stands at a truncate until all partitions of the topic have come to it. */
export interface TruncateBarrier {
  readonly arrival: TruncateArrival
  readonly partition: PartitionState
  /** The fetched batch that holds the truncate. */
  readonly rest: FetchedBatch
  /** Void when the partition's turn is another. */
  readonly turn: number
}
