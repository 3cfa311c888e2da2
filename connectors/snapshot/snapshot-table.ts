import type { EncodedRecords } from '../../kafka/log.ts'
import type { RecordSpan } from '../../kafka/record-span.ts'
import type { EncodedValue, RowOverlay } from '../../schemas/overlay.ts'
import type { SnapshotState } from '../../schemas/state.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'

/** A table that is to be copied, in the version of its schema that is valid now. */
export interface SnapshotTable {
  /** `tableId`. */
  readonly id: string
  readonly schema: TableSchema
  readonly topic: string
  readonly partitions: number
  readonly overlay: RowOverlay
  /** Asked for each row that was overlaid: true, it has become too large to be published and was put aside. */
  readonly refuses: (row: FoldedRow) => boolean
  /** The truncate that is published in every partition before a table without a key is scanned again. */
  readonly truncate: () => EncodedValue
}

/** A row with the columns of newer events on top, as its record. */
export interface FoldedRow {
  readonly partition: number
  readonly span: RecordSpan
  readonly headers: Buffer | null
}

/** Rows of one table that are ready to be published. */
export interface TakenRows {
  readonly table: string
  /** In publishing order. */
  readonly batches: readonly EncodedRecords[]
  readonly rows: number
  /** Rows that a newer event has replaced, and rows that were overlaid with the columns of newer events. */
  readonly dropped: number
  readonly folded: number
  /** True for the last rows of a chunk. */
  readonly chunk: boolean
}

/** Rows on their way out of a table's copy. */
export interface TakenChunk {
  readonly rows: TakenRows
  /** What the source would have to be read for again if the rows were not published; a scan counts nothing, it begins anew. */
  readonly readBytes: number
  readonly release: () => void
}

/** What goes into one Kafka transaction, behind its stream events. */
export interface Taken {
  readonly rows: readonly TakenRows[]
  /** To be stored in the same transaction, also when there are no rows. */
  readonly states: readonly SnapshotState[]
  /** Call it after the commit: the buffers of `rows` are reused from now on. */
  committed(): void
}
