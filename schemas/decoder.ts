import type { ByteWriter } from '../core/byte-writer.ts'
import type { Operation } from './change.ts'

/** Where the fields of one Avro row lie: field i is `buffer[starts[i], ends[i])`, still Avro; start -1: the row or field is not there. */
export interface RowSpans {
  readonly starts: Int32Array
  readonly ends: Int32Array
}

/** The facts of an envelope that a sink needs, found without decoding values. Reused from event to event. */
export interface EnvelopeView {
  op: Operation
  hasBefore: boolean
  hasAfter: boolean
  readonly before: RowSpans
  readonly after: RowSpans
  /** `source.sequence[0]` and `transaction.total_order`: the order of streamed events. -1n and 0 for snapshot rows. */
  previousCommit: bigint
  totalOrder: number
  /** `source.ts_ms`: commit time. */
  committedAtMs: number
}

/**
 * Reads values that one writer schema wrote. Compiled once per schema id; knows Debezium's schemas as well as ours.
 */
export interface ChangeDecoder {
  /** Names of the row's columns (decoded from Avro names), in the order of the spans. */
  readonly columns: readonly DecodedColumn[]
  /** Reads the envelope at `buffer[start, end)` (after the five bytes of the frame). Throws `event.undecodable`. */
  read(buffer: Buffer, start: number, end: number, view: EnvelopeView): void
  /**
   * Appends the text of one field as the database's input function takes it, unescaped. `start` is the field's span start.
   * The caller handles NULL through `isNull`.
   */
  text(column: number, buffer: Buffer, start: number, out: ByteWriter): void
  isNull(column: number, buffer: Buffer, start: number): boolean
  /** Makes the writer of rows with these columns, in this order, for COPY's text format. */
  copyRow(columns: readonly number[]): CopyRow
  /** True when the field holds Debezium's placeholder for a value that the log did not carry. */
  isUnavailable(column: number, buffer: Buffer, start: number, end: number): boolean
}

/** Appends a row for COPY: its fields escaped, a tab between them, and a line feed behind. */
export type CopyRow = (row: CopiedRow, out: ByteWriter) => void

/** Where the fields of a row lie: field i begins at `buffer[starts[first + i]]`. Overwritten for each row. */
export interface CopiedRow {
  buffer: Buffer
  starts: Int32Array
  first: number
  /** Appends a field whose start is negative. */
  readonly cell: (column: number, out: ByteWriter) => void
}

export interface DecodedColumn {
  readonly name: string
  /** `__debezium.source.column.type`, upper-case, or null where the writer did not propagate it. */
  readonly sourceType: string | null
}
