import type { Finding } from '../core/finding.ts'
import type { Position } from '../core/position.ts'
import type { TableRef } from '../core/table-ref.ts'
import type { Operation } from '../schemas/change.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import type { SegmentState } from '../schemas/state.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import type { PublishedTable } from './published-table.ts'

/** A database as the beginning of a flow. One instance per process; `close` ends its connections. */
export interface SourceConnector {
  readonly kind: 'postgres' | 'mysql' | 'mongodb'
  /** Changes nothing; runs every check and reports every finding. */
  check(tables: readonly TableRef[], signal: AbortSignal): Promise<readonly Finding[]>
  /** The tables that match the configured patterns, in a stable order. */
  tables(signal: AbortSignal): Promise<readonly TableRef[]>
  /** Whether the configured patterns ask for a table of this name, be it there or not. */
  wants(table: TableRef): boolean
  describe(tables: readonly TableRef[], signal: AbortSignal): Promise<readonly TableSchema[]>
  /** How many rows each of the tables has, roughly. */
  estimatedRows(tables: readonly TableRef[], signal: AbortSignal): Promise<readonly number[]>
  /** The tables whose changes the log tells us of now; those that `prepare` adds come later. */
  published(signal: AbortSignal): Promise<readonly PublishedTable[]>
  /**
   * Makes slot and publication, or adapts the publication to these tables; idempotent. `from` is what is published so
   * far: null on the very first start. Throws `source.log_lost` when the log cannot be joined at `from`.
   */
  prepare(tables: readonly TableSchema[], from: Position | null, signal: AbortSignal): Promise<Prepared>
  /**
   * Ends the session in which an earlier instance may still follow the log, as far as the source lets us; true if there was
   * one. Only for who has fenced that instance: it can publish nothing any more, so nothing that it may still confirm lies
   * behind `published`.
   */
  takeOver(published: Position, signal: AbortSignal): Promise<boolean>
  /** Follows the log behind `from`; ends with the signal. Reconnects by itself are not its business: it rejects, the caller decides. */
  stream(from: Position, tables: readonly TableSchema[], signal: AbortSignal): Promise<ChangeStream>
  /** A connection of its own for quick questions and markers. */
  probe(signal: AbortSignal): Promise<Probe>
  /** Looks up single rows, on a connection that is opened when it is first needed. */
  lookup(signal: AbortSignal): RowLookup
  /** One connection that reads chunks. */
  reader(signal: AbortSignal): Promise<ChunkReader>
  close(): Promise<void>
  /** Undoes `prepare`; safe to repeat. */
  drop(signal: AbortSignal): Promise<void>
}

export interface Prepared {
  /** Where streaming begins when nothing was published yet. */
  readonly start: Position
  /** A snapshot must see all transactions below this id (64-bit) before a chunk of a table that was new to `prepare` is read. */
  readonly since: bigint
}

/** Pulls changes out of the log. Bytes arrive in the background, bounded; `next` never waits, `more` does. */
export interface ChangeStream {
  /** The next message, or null when what has arrived is used up. The message is reused by the next call. */
  next(): LogMessage | null
  /** Resolves when `next` may have something, after `timeoutMs` at the latest; rejects when the connection is gone. */
  more(timeoutMs: number): Promise<void>
  /** Tells the source that everything up to here is durable in Kafka. Only a transaction's end counts. */
  acknowledge(through: Position): void
  /** Bytes that have arrived and were not handed out yet: bounded, whatever the source sends. */
  readonly queuedBytes: number
  close(): Promise<void>
}

/** What the log says, in commit order. Row messages of other tables than the captured ones do not appear. */
export type LogMessage = BeginMessage | RowMessage | TruncateMessage | RelationMessage | CommitMessage

export interface BeginMessage {
  kind: 'begin'
  /** As the log has it: 32 bits. */
  transactionId: number
  /** Position of the commit. */
  commit: bigint
  committedAtUs: bigint
}
export interface RowMessage {
  kind: 'row'
  /** Index into the stream's `tables`, or of a later `relation` message. */
  table: TableRef
  op: Extract<Operation, 'c' | 'u' | 'd'>
  /** Columns follow `copiedColumns` of the table's schema as last announced. */
  after: FieldSlices | null
  before: FieldSlices | null
  beforeIsKey: boolean
  lsn: bigint
  index: MessageIndex
}
export interface TruncateMessage {
  kind: 'truncate'
  tables: readonly TableRef[]
  lsn: bigint
  index: MessageIndex
}

/**
 * 1, 2, 3… among ALL row and truncate messages that the log sent for the transaction, also of tables that are not captured:
 * a restart in the middle of a transaction skips by it, and must not depend on the configuration.
 */
export type MessageIndex = number
/** The table's shape as of here differs from what was known: rows behind this message follow the new schema. */
export interface RelationMessage {
  kind: 'relation'
  schema: TableSchema
}
export interface CommitMessage {
  kind: 'commit'
  commit: bigint
  /** Where the next transaction may begin; `source.sequence[0]` of the next one. */
  end: bigint
}

/** What a snapshot of the source sees. */
export interface Visibility {
  /** 64-bit transaction ids; text form of the database (`xmin:xmax:xip,…`). */
  readonly text: string
  readonly xmin: bigint
  readonly xmax: bigint
  sees(transactionId: bigint): boolean
  /** The 64-bit id of a 32-bit one from the log, near this snapshot. */
  widen(transactionId: number): bigint
}

export interface Probe {
  visibility(): Promise<Visibility>
  /** Writes a marker through the log and returns its place: once a commit at or above it was seen, all earlier commits were. */
  mark(): Promise<bigint>
  /** Reads the text form of a visibility back. */
  parse(text: string): Visibility
  /** End of the log now. */
  head(): Promise<bigint>
  /** The tables whose changes the log tells us of now. */
  published(): Promise<readonly PublishedTable[]>
  close(): Promise<void>
}

export interface RowLookup {
  /**
   * The row with this key (text values, in key order) as a snapshot has it that sees the transaction (32 bits, as the log
   * has it), whose commit is waited for. Null: there is no such row any more. Throws `source.table_changed` when the
   * table has another shape now.
   */
  row(table: TableSchema, key: readonly string[], transactionId: number): Promise<FieldSlices | null>
  close(): Promise<void>
}

export interface ChunkReader {
  /** Disjoint ranges of about equal size, from statistics; one unbounded range for a small or unknown table. */
  segments(table: TableSchema, count: number, signal: AbortSignal): Promise<readonly SegmentState[]>
  estimatedRows(table: TableSchema): Promise<number>
  /**
   * Reads the next rows of a segment in key order in a REPEATABLE READ transaction of its own: at most `maxRows`, and it
   * stops soon after `maxBytes`. `opening` is called when nothing locks the table any more, just before the snapshot is taken,
   * `open` with the snapshot before the first row, `row` for each row (reused slices).
   * Resolves with the last key read (null: none) and whether the segment is finished.
   */
  read(request: ChunkRequest, signal: AbortSignal): Promise<ChunkEnd>
  /** A table without a key: the whole table in one snapshot. Waits while `row` batches are published (`slice`). */
  scan(request: ScanRequest, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export interface ChunkRequest {
  readonly table: TableSchema
  readonly segment: SegmentState
  readonly maxRows: number
  readonly maxBytes: number
  readonly opening: () => void
  readonly open: (visibility: Visibility) => void
  readonly row: (row: FieldSlices) => void
}
export interface ChunkEnd {
  readonly lastKey: readonly string[] | null
  readonly rows: number
  readonly bytes: number
  readonly done: boolean
}
export interface ScanRequest {
  readonly table: TableSchema
  readonly sliceBytes: number
  /** As for chunks. */
  readonly opening: () => void
  readonly open: (visibility: Visibility) => Promise<void>
  readonly row: (row: FieldSlices) => void
  /** Called after about every `sliceBytes`; reading goes on when it resolves. Rows that have arrived already, up to about a megabyte, still come before. */
  readonly slice: () => Promise<void>
}
