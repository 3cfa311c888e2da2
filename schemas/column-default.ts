import { ByteWriter } from '../core/byte-writer.ts'
import { baseOf } from './codec-for-type.ts'
import type { FieldCodec } from './codecs/field-codec.ts'
import { readBigLong, readLong, skipLong } from './codecs/varint.ts'
import type { Column } from './table-schema.ts'

/** A default as both forms in which it travels: Avro bytes of a value, and the JSON of a Connect schema. */
export interface ColumnDefault {
  readonly bytes: Buffer
  readonly json: string | number | boolean
}

const datedTypes = new Set(['date', 'timestamp', 'timestamptz'])

/**
 * The default that the schema shows, as Debezium does: literals, and 1970 for dates that are computed. It informs consumers;
 * targets get their defaults from the table's definition. Null if there is none to show.
 */
export function columnDefault(column: Column, codec: FieldCodec): ColumnDefault | null {
  if (column.default === null) return null
  const literal = literalText(column.default)
  const out = new ByteWriter(64)
  if (literal === null) {
    if (column.nullable || !datedTypes.has(baseOf(column.type).name)) return null
    codec.placeholder(out)
  } else {
    const text = Buffer.from(literal)
    if (!codec.encode(text, 0, text.length, out)) return null
  }
  const bytes = Buffer.from(out.written())
  const json = jsonOf(codec.schema.type, bytes)
  return json === null ? null : { bytes, json }
}

/** The text of an SQL literal such as `7`, `(-1)`, `'it''s'::text` or `true`; null for every other expression. */
function literalText(expression: string): string | null {
  const match = /^(?:\(?(-?[\d.]+)\)?|B?'((?:[^']|'')*)'|(true|false))(?:::[\w\s".,()[\]]+)?$/.exec(
    expression,
  )
  if (match === null) return null
  const [, number, text, truth] = match
  return number ?? text?.replaceAll("''", "'") ?? truth?.slice(0, 1) ?? null
}

function jsonOf(type: FieldCodec['schema']['type'], bytes: Buffer): string | number | boolean | null {
  switch (type) {
    case 'int16':
    case 'int32':
    case 'int64': {
      const value = readBigLong(bytes, 0)
      return BigInt.asIntN(53, value) === value ? Number(value) : null
    }
    case 'float':
      return finite(bytes.readFloatLE(0))
    case 'double':
      return finite(bytes.readDoubleLE(0))
    case 'boolean':
      return bytes[0] === 1
    case 'string':
      return content(bytes).toString()
    case 'bytes':
      return content(bytes).toString('base64')
    case 'array':
    case 'struct':
      return null
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) && !Object.is(value, -0) ? value : null
}

function content(bytes: Buffer): Buffer {
  const first = skipLong(bytes, 0)
  return bytes.subarray(first, first + readLong(bytes, 0))
}
