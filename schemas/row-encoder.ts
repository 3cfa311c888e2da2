import type { ByteWriter } from '../core/byte-writer.ts'
import { absentField, type FieldSlices, nullField } from './field-slices.ts'
import type { RowExtras } from './row-extras.ts'
import type { ColumnLayout } from './row-layout.ts'

/** Appends a row as an Avro record. What the record cannot say goes to `extras`. */
export type RowEncoder = (row: FieldSlices, out: ByteWriter, extras: RowExtras) => void

/** One column on its way into a record. */
export interface ColumnStep {
  /** Its field in the row. */
  readonly index: number
  readonly column: ColumnLayout
  /** Appends it, by its plain codec. */
  readonly encode: RowEncoder
}

/** The columns of a whole row. */
export function rowSteps(columns: readonly ColumnLayout[]): readonly ColumnStep[] {
  return columns.map((column, index) => ({ index, column, encode: columnEncoder(column, index) }))
}

function columnEncoder(column: ColumnLayout, index: number): RowEncoder {
  return (row, out, extras) => {
    const length = row.lengths[index] ?? nullField
    if (length >= 0) {
      if (!encodeValue(column, row, index, out)) writeElsewhere(column, textOf(row, index), out, extras)
    } else if (length === absentField) writeAbsent(column, out, extras)
    else if (column.nullable) out.byte(column.nullByte)
    // The log may be older than the constraint: then a NULL comes in a column that is NOT NULL now.
    else writeElsewhere(column, null, out, extras)
  }
}

/** The columns of a row, and which of them are its key. */
export interface KeyedColumns {
  readonly columns: readonly ColumnLayout[]
  readonly isKey: readonly boolean[]
}

/** Appends an old row of which only the key is known: the rest is filled as Debezium fills it, with defaults and zeros. */
export function encodeKeyRow(
  { columns, isKey }: KeyedColumns,
  row: FieldSlices,
  out: ByteWriter,
  extras: RowExtras,
): void {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (column === undefined) return
    if (isKey[i] !== true || (row.lengths[i] ?? nullField) < 0) writeFiller(column, out)
    else if (!encodeValue(column, row, i, out)) writeElsewhere(column, textOf(row, i), out, extras)
  }
}

function encodeValue(column: ColumnLayout, row: FieldSlices, index: number, out: ByteWriter): boolean {
  const before = out.position
  if (column.nullable) out.byte(column.valueByte)
  if (column.codec.encode(row.buffer, row.starts[index] ?? 0, row.lengths[index] ?? 0, out)) return true
  out.position = before
  return false
}

function textOf(row: FieldSlices, index: number): string {
  const start = row.starts[index] ?? 0
  return row.buffer.toString('utf8', start, start + (row.lengths[index] ?? 0))
}

function writeElsewhere(column: ColumnLayout, text: string | null, out: ByteWriter, extras: RowExtras): void {
  extras.text(column.name, text)
  writeEmpty(column, out)
}

function writeAbsent(column: ColumnLayout, out: ByteWriter, extras: RowExtras): void {
  extras.unchanged(column.name)
  if (column.unavailable === null) {
    writeEmpty(column, out)
    return
  }
  if (column.nullable) out.byte(column.valueByte)
  out.bytes(column.unavailable, 0, column.unavailable.length)
}

function writeEmpty(column: ColumnLayout, out: ByteWriter): void {
  if (column.nullable) out.byte(column.nullByte)
  else out.bytes(column.filler, 0, column.filler.length)
}

function writeFiller(column: ColumnLayout, out: ByteWriter): void {
  if (column.nullable && !column.hasDefault) {
    out.byte(column.nullByte)
    return
  }
  if (column.nullable) out.byte(column.valueByte)
  out.bytes(column.filler, 0, column.filler.length)
}
