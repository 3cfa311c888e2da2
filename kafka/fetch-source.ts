import type { PartitionAnswer } from './committed-batches.ts'
import type { PartitionRange, Starting } from './log.ts'

export interface FetchLimits {
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
  /** How long to wait for the first byte. */
  readonly maxWaitMs: number
}

/** The error that came for one partition; the other partitions' answers are good. */
export interface PartitionFailure extends Starting {
  readonly error: Error
}

export interface FetchAnswer {
  readonly answers: readonly PartitionAnswer[]
  readonly failures: readonly PartitionFailure[]
}

/** What of a partition can be read. */
export type ReadableRange = Omit<PartitionRange, 'written'>

/** Where record batches come from. */
export interface FetchSource {
  /** The node that leads each partition, by topic; `fresh` asks again. */
  leaders(topics: readonly string[], fresh: boolean): Promise<ReadonlyMap<string, readonly number[]>>
  /** Of all partitions of these topics, in the order of the topics and of the partitions. */
  ranges(topics: readonly string[], fresh: boolean): Promise<readonly ReadableRange[]>
  /**
   * Fetches from one leader. At least the first batch of the first partition that has one is returned, however large,
   * so a caller that rotates the order always makes progress.
   */
  fetch(nodeId: number, wanted: readonly Starting[], limits: FetchLimits): Promise<FetchAnswer>
  close(): void
}
