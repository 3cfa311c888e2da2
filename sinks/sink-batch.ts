import type { TopicPartition } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'
import type { EventOrder } from './event-order.ts'
import type { RawEvent } from './raw-event.ts'
import { TableBatch } from './table-batch.ts'

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

/** Batches as one transaction, in order: a later one may go on where an earlier one of the same partition ends. */
export function combineBatches(batches: readonly SinkBatch[]): SinkBatch {
  const advances = new Map<string, PartitionAdvance>()
  for (const advance of batches.flatMap(batch => batch.advances)) {
    const key = partitionId(advance)
    advances.set(key, { ...advance, from: advances.get(key)?.from ?? advance.from })
  }
  return {
    advances: [...advances.values()],
    tables: combineTables(batches.flatMap(batch => batch.tables)),
    held: batches.flatMap(batch => batch.held),
    events: batches.reduce((sum, batch) => sum + batch.events, 0),
    bytes: batches.reduce((sum, batch) => sum + batch.bytes, 0),
    oldestMs: Math.min(...batches.map(batch => batch.oldestMs)),
  }
}

/** One batch for each version of a table, as far as their order allows. */
export function combineTables(tables: readonly TableBatch[]): TableBatch[] {
  const combined: TableBatch[] = []
  for (const table of tables) {
    let last = combined.findLast(earlier => earlier.version.id === table.version.id)
    if (last?.version !== table.version) {
      last = new TableBatch(table.version)
      combined.push(last)
    }
    last.appendAll(table)
  }
  return combined
}
