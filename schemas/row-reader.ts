import type { ByteWriter } from '../core/byte-writer.ts'
import { MigrationError } from '../core/errors.ts'
import { isNullAt, optionalOf, type Skip, skipType } from './avro-skip.ts'
import type { AvroField, AvroType } from './avro-type.ts'
import { byteAt } from './codecs/byte-at.ts'
import type { FieldReader } from './codecs/field-codec.ts'
import { sourceColumn } from './connect-schema.ts'
import type { DecodedColumn, RowSpans } from './decoder.ts'
import { inComment } from './generated-code.ts'
import { readerForAvro } from './reader-for-avro.ts'
import { baseTypeParameter } from './source-parameters.ts'
import { isPlaceholder, placeholdersOf } from './unavailable.ts'

/** Reads the Avro records of one table's rows or keys. Columns are numbered in the order of the record. */
export interface RowReader {
  readonly columns: readonly ColumnReader[]
  /** Notes where the fields of the record at `position` lie. Returns where the record ends. */
  read(buffer: Buffer, position: number, spans: RowSpans): number
  isNull(column: number, buffer: Buffer, start: number): boolean
  isUnavailable(column: number, buffer: Buffer, start: number, end: number): boolean
  /** Appends the text of the field at `start`, which is not null. */
  text(column: number, buffer: Buffer, start: number, out: ByteWriter): void
}

export interface ColumnReader extends DecodedColumn {
  readonly type: AvroType
  readonly nullBranch: -1 | 0 | 1
  readonly skip: Skip
  /** Null: the type has no text of ours. */
  readonly reader: FieldReader | null
  readonly placeholders: readonly Buffer[]
}

/** Spans for rows of that many columns, empty. */
export function rowSpans(columns: number): RowSpans {
  return { starts: new Int32Array(columns).fill(-1), ends: new Int32Array(columns).fill(-1) }
}

export function rowReader(record: Extract<AvroType, { kind: 'record' }>): RowReader {
  const columns = record.fields.map(columnReader)
  const columnAt = (index: number): ColumnReader => {
    const column = columns[index]
    if (column !== undefined) return column
    throw new MigrationError('event.undecodable', `${record.fullName} has no column number ${index}`)
  }
  return {
    columns,
    read(buffer, position, spans) {
      let next = position
      for (let i = 0; i < columns.length; i++) {
        const column = columnAt(i)
        spans.starts[i] = next
        next = skipColumn(column, buffer, next)
        spans.ends[i] = next
      }
      return next
    },
    isNull: (column, buffer, start) => isNullAt(columnAt(column).nullBranch, buffer, start),
    isUnavailable(index, buffer, start, end) {
      const column = columnAt(index)
      return isPlaceholder(column.placeholders, buffer, valueStart(column, start), end)
    },
    text(index, buffer, start, out) {
      const column = columnAt(index)
      if (column.reader === null) throw noText(record.fullName, column.name)
      const first = valueStart(column, start)
      column.reader.text(buffer, first, column.skip(buffer, first), out)
    },
  }
}

/** What generated code says of a column. */
export function columnComment({ name, sourceType, type }: ColumnReader): string {
  const avro = type.kind === 'primitive' ? type.type : type.kind
  return `${inComment(name)}, ${inComment(sourceType ?? avro)}`
}

function columnReader(field: AvroField): ColumnReader {
  const optional = optionalOf(field.type)
  const type = optional?.type ?? field.type
  const parameters: Readonly<Record<string, string>> = type.kind === 'union' ? {} : type.parameters
  const sourceType = parameters[sourceColumn.type] ?? null
  const original = field.properties[sourceColumn.name] ?? parameters[sourceColumn.name]
  return {
    name: typeof original === 'string' ? original : field.name,
    sourceType,
    type,
    nullBranch: optional?.nullBranch ?? -1,
    skip: skipType(type),
    reader: readerForAvro(type, parameters[baseTypeParameter] ?? sourceType),
    placeholders: placeholdersOf(type),
  }
}

function valueStart(column: ColumnReader, start: number): number {
  return column.nullBranch < 0 ? start : start + 1
}

function skipColumn(column: ColumnReader, buffer: Buffer, position: number): number {
  if (column.nullBranch < 0) return column.skip(buffer, position)
  const branch = byteAt(buffer, position)
  if (branch === column.nullBranch << 1) return position + 1
  // Neither branch: the record's end will not be where it should.
  return branch !== 2 - column.nullBranch * 2 ? Number.MAX_SAFE_INTEGER : column.skip(buffer, position + 1)
}

function noText(record: string, column: string): MigrationError {
  return new MigrationError('event.undecodable', `${record}: the type of column ${column} cannot be read`)
}
