import type { Position } from '../core/position.ts'
import type { TableSchema } from './table-schema.ts'

/**
 * The records of the compacted topic `<migration>.state`, one partition, JSON. Written only by the connector, in the
 * same Kafka transaction as the events they speak of. Keys: `connector`, and `table/<tableId>`, `snapshot/<tableId>`.
 */
export type StateRecord = ConnectorState | TableState | SnapshotState

/** How far the log is published. */
export interface ConnectorState {
  readonly kind: 'connector'
  readonly format: 1
  readonly position: Position
  /** Transactions that are published but were not yet visible to a new snapshot of the source when last probed (64-bit ids). */
  readonly invisible: readonly string[]
  /** Tables whose partial updates may find no row for a while; left out when there are none. */
  readonly rowless?: readonly RowlessTable[]
}

/** Partial updates of rows that have gone from the source lie before `until`, a place in its log as a decimal number. */
export interface RowlessTable {
  /** `tableId`. */
  readonly table: string
  readonly until: string
}

/** A captured table: where its events go and what they look like. A new record follows each schema change. */
export interface TableState {
  readonly kind: 'table'
  readonly format: 1
  readonly schema: TableSchema
  readonly topic: string
  readonly partitions: number
  /** `Log.topicIds` when the table joined; left out where Kafka does not tell. */
  readonly topicId?: string
  readonly keySchemaId: number | null
  readonly valueSchemaId: number
  /** `PublishedTable.mark` when the table joined; left out where it was not looked up. */
  readonly published?: string
}

/** How far the snapshot of a table is. */
export interface SnapshotState {
  readonly kind: 'snapshot'
  readonly format: 1
  readonly table: { readonly schema: string; readonly name: string }
  readonly progress: SnapshotProgress
  /** The source's own estimate when the snapshot was planned. */
  readonly estimatedRows: number
  readonly rows: number
  readonly chunks: number
}

export type SnapshotProgress =
  /** Not begun. `since`: a snapshot of the source must see all transactions below this id (64-bit) before a chunk may be read. */
  | { readonly phase: 'waiting'; readonly since: string }
  /** Keyed tables: disjoint ranges of the key, each read in chunks from its lower end; `cursor` is the last key published. */
  | { readonly phase: 'copying'; readonly since: string; readonly segments: readonly SegmentState[] }
  /** Tables without a key: one scan; after a crash the topic gets a truncate and the scan begins anew. */
  | { readonly phase: 'scanning'; readonly since: string }
  /** Keyless and copied: events of transactions that `snapshot` sees are in the copy already, and are dropped until `until` is passed. */
  | { readonly phase: 'settling'; readonly snapshot: string; readonly until: string }
  | { readonly phase: 'copied' }

/** Keys are arrays of text values in key order; null means unbounded. A segment holds keys k with from < k <= to. */
export interface SegmentState {
  readonly from: readonly string[] | null
  readonly to: readonly string[] | null
  /** The last key published; null if nothing is. */
  readonly cursor: readonly string[] | null
  readonly done: boolean
}
