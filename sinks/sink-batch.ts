import type { TopicPartition } from '../kafka/log.ts'
import type { EventOrder } from './event-order.ts'
import type { RawEvent } from './raw-event.ts'
import type { TableBatch } from './table-batch.ts'

/** One partition's share of a batch: from where the target is to where it will be. */
export interface PartitionAdvance extends TopicPartition {
  readonly from: bigint
  readonly to: bigint
  /** The highest order up to `to`. */
  readonly order: EventOrder
}

/** Events that one transaction of the target applies, with the progress they make. */
export interface SinkBatch {
  readonly advances: readonly PartitionAdvance[]
  /** In the order in which they must be applied. */
  readonly tables: readonly TableBatch[]
  /** Later events of keys that are parked: to be parked behind them. */
  readonly held: readonly RawEvent[]
  readonly events: number
  readonly bytes: number
  /** Source commit time of the oldest change, milliseconds since 1970; infinite when there is none. */
  readonly oldestMs: number
}

/** Batches of different partitions, as one transaction. */
export function combineBatches(batches: readonly SinkBatch[]): SinkBatch {
  return {
    advances: batches.flatMap(batch => batch.advances),
    tables: batches.flatMap(batch => batch.tables),
    held: batches.flatMap(batch => batch.held),
    events: batches.reduce((sum, batch) => sum + batch.events, 0),
    bytes: batches.reduce((sum, batch) => sum + batch.bytes, 0),
    oldestMs: Math.min(...batches.map(batch => batch.oldestMs)),
  }
}
