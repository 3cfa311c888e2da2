import { ByteWriter } from '../core/byte-writer.ts'
import { codecForType } from './codec-for-type.ts'
import type { FieldCodec } from './codecs/field-codec.ts'
import { columnDefault } from './column-default.ts'
import type { ConnectField } from './connect-schema.ts'
import { sourceParameters } from './source-parameters.ts'
import { unavailableBytes } from './unavailable.ts'
import { type Column, copiedColumns, type TableSchema } from './table-schema.ts'

/** How one column lies in a row. */
export interface ColumnLayout {
  readonly name: string
  /** As written in DDL. */
  readonly type: string
  readonly codec: FieldCodec
  readonly nullable: boolean
  /** The union branch of null as it is written: 0, or 2 where a default makes the type come first. */
  readonly nullByte: number
  readonly valueByte: number
  /** What a column holds that is not known: its default or a zero value, without a union branch. */
  readonly filler: Buffer
  readonly hasDefault: boolean
  /** Debezium's placeholder for a value that the log did not carry; null for types that cannot hold it. */
  readonly unavailable: Buffer | null
  readonly schema: ConnectField
}

/** The row of a table: its copied columns in order. */
export function rowLayout(schema: TableSchema): readonly ColumnLayout[] {
  return copiedColumns(schema).map(column => columnLayout(column))
}

function columnLayout(column: Column): ColumnLayout {
  const codec = codecForType(column.type)
  const shown = columnDefault(column, codec)
  return {
    name: column.name,
    type: column.type.sql,
    codec,
    nullable: column.nullable,
    nullByte: shown === null ? 0 : 2,
    valueByte: shown === null ? 2 : 0,
    filler: shown?.bytes ?? placeholderOf(codec),
    hasDefault: shown !== null,
    unavailable: unavailableBytes(codec.schema),
    schema: {
      ...codec.schema,
      optional: column.nullable,
      parameters: { ...codec.schema.parameters, ...sourceParameters(column.type) },
      ...(shown === null ? {} : { default: shown.json }),
      field: column.name,
    },
  }
}

function placeholderOf(codec: FieldCodec): Buffer {
  const out = new ByteWriter(64)
  codec.placeholder(out)
  return Buffer.from(out.written())
}
