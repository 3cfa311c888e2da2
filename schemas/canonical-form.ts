import type { ByteWriter } from '../core/byte-writer.ts'
import { baseOf } from './codec-for-type.ts'
import { scanDecimal, scannedDecimal } from './codecs/decimal-digits.ts'
import { writeUnscaled } from './codecs/decimal.ts'
import { scanNumber } from './codecs/scan-number.ts'
import { writeDouble } from './codecs/float.ts'
import { writeLong } from './codecs/varint.ts'
import type { FieldCodec } from './codecs/field-codec.ts'
import { encodeBytes } from './codecs/text.ts'
import type { Column } from './table-schema.ts'

/** Appends bytes that are the same for all values that the database calls equal. False: the value cannot be a key. */
type Write = (source: Buffer, start: number, length: number, out: ByteWriter) => boolean

export interface CanonicalForm {
  readonly write: Write
  /** The form is the value's Avro form. */
  readonly isAvro: boolean
}

const zero = 0x30
const space = 0x20

/**
 * The canonical form of a key column; null if only the database can tell which of its values are equal. Types for which
 * the Avro bytes are the same exactly if the values are equal are listed here; every other type counts as unknown.
 */
export function canonicalForm(column: Column, codec: FieldCodec): CanonicalForm | null {
  const type = baseOf(column.type)
  const plain: CanonicalForm = {
    write: (source, start, length, out) => codec.encode(source, start, length, out),
    isAvro: true,
  }
  if (type.kind === 'enum') return plain
  if (type.kind !== 'base' || type.extension !== null) return null
  if (collated.has(type.name) && !isDeterministic(column.collation)) return null
  if (bytewise.has(type.name)) return plain
  const write = special[type.name]
  return write === undefined ? null : { write, isAvro: false }
}

/** Only user-defined collations can call different texts equal. */
function isDeterministic(collation: string | null): boolean {
  return collation === null || /^"?pg_catalog"?\./.test(collation)
}

const collated = new Set(['text', 'varchar', 'bpchar', 'name'])
const bytewise = new Set([
  'int2',
  'int4',
  'int8',
  'oid',
  'bool',
  'text',
  'varchar',
  'name',
  'char',
  'uuid',
  'bytea',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'money',
  'bit',
  'macaddr',
  'macaddr8',
  'inet',
  'cidr',
  'pg_lsn',
  'xid8',
])

const special: Readonly<Record<string, Write | undefined>> = {
  numeric: encodeNumeric,
  bpchar: encodePadded,
  float4: encodeFloat,
  float8: encodeFloat,
}

/** 1.0 and 1.00 are equal: the digits without zeros at their end, and where the point is. */
function encodeNumeric(source: Buffer, start: number, length: number, out: ByteWriter): boolean {
  if (!scanDecimal(source, start, length)) return false
  const scanned = scannedDecimal
  while (scanned.count > 0 && scanned.digits[scanned.count - 1] === zero) {
    scanned.count--
    scanned.scale--
  }
  writeLong(scanned.count === 0 ? 0 : scanned.scale, out)
  return writeUnscaled(out)
}

/** Blanks at the end do not count. */
function encodePadded(source: Buffer, start: number, length: number, out: ByteWriter): boolean {
  let end = start + length
  while (end > start && source[end - 1] === space) end--
  return encodeBytes(source, start, end - start, out)
}

/** -0 and 0 are equal, and so are all NaN. */
function encodeFloat(source: Buffer, start: number, length: number, out: ByteWriter): boolean {
  const value = scanNumber(source, start, length)
  if (value === null) return false
  writeDouble(value === 0 ? 0 : value, out)
  return true
}
