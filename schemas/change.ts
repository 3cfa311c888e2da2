import type { FieldSlices } from './field-slices.ts'

/** Debezium's op codes: create, update, delete, truncate, read (snapshot). */
export type Operation = 'c' | 'u' | 'd' | 't' | 'r'

/** What all changes of one transaction, or all rows of one chunk, have in common. */
export interface ChangeOrigin {
  /** Whether the row comes from the snapshot or from the log. */
  readonly snapshot: boolean
  /** Commit time, or the time at which the chunk's snapshot was taken: microseconds since 1970. */
  readonly committedAtUs: bigint
  /** Transaction id as the log carries it; null if unknown. */
  readonly transactionId: number | null
  /** End of the previous transaction that changed a captured table; null in the snapshot. `source.sequence[0]`. */
  readonly previousCommit: bigint | null
}

/**
 * One change on its way into the envelope. A connector keeps one of these per table and overwrites it for each row.
 * An update that changes the key never gets here: it is a delete and a create.
 */
export interface Change {
  op: Operation
  /** The old row where the log carries it: all columns with a full replica identity, only the key columns otherwise. */
  before: FieldSlices | null
  /** True: `before` holds only the key; the other fields are null slices. */
  beforeIsKey: boolean
  after: FieldSlices | null
  origin: ChangeOrigin
  /** Log position of the change itself. */
  lsn: bigint
  /** 1, 2, 3… within the transaction over all captured tables, and within it for this table alone. */
  totalOrder: number
  collectionOrder: number
  /** When the connector saw it: microseconds since 1970. */
  seenAtUs: bigint
}
