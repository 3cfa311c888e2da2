import { arrayCodec } from './codecs/array.ts'
import { bitsCodec } from './codecs/bits.ts'
import { booleanCodec } from './codecs/boolean.ts'
import { byteaCodec } from './codecs/bytea.ts'
import { dateCodec } from './codecs/date.ts'
import { decimalCodec } from './codecs/decimal.ts'
import type { FieldCodec } from './codecs/field-codec.ts'
import { doubleCodec, floatCodec } from './codecs/float.ts'
import { hstoreCodec } from './codecs/hstore.ts'
import { integerCodec } from './codecs/integer.ts'
import { moneyCodec } from './codecs/money.ts'
import { pointCodec } from './codecs/point.ts'
import { plainTextName, textCodec } from './codecs/text.ts'
import { microTimeCodec, timeCodec } from './codecs/time.ts'
import { microTimestampCodec, timestampCodec } from './codecs/timestamp.ts'
import { variableDecimalCodec } from './codecs/variable-decimal.ts'
import { zonedTimeCodec } from './codecs/zoned-time.ts'
import { zonedTimestampCodec } from './codecs/zoned-timestamp.ts'
import type { ArrayType, BaseType, ColumnType } from './column-type.ts'
import { numericPrecision, numericScale } from './numeric-modifier.ts'

/** The codec of a column's type. Types that Debezium does not know, or not exactly, travel as text under our own name. */
export function codecForType(type: ColumnType): FieldCodec {
  switch (type.kind) {
    case 'base':
      return baseCodec(type)
    case 'domain':
      return codecForType(baseOf(type))
    case 'enum':
      return textCodec('io.debezium.data.Enum', { allowed: type.labels.join(',') })
    case 'array':
      return arrayTypeCodec(type)
    case 'range':
      return builtInRanges.has(type.name) ? textCodec(null) : exactText
    case 'multirange':
    case 'composite':
      return exactText
  }
}

/** What a domain is made of in the end, with the domain's own modifier if its base has none. */
export function baseOf(type: ColumnType): ColumnType {
  if (type.kind !== 'domain') return type
  return withModifier(baseOf(type.base), type.modifier)
}

function withModifier(type: ColumnType, modifier: number): ColumnType {
  return type.modifier < 0 && modifier >= 0 ? { ...type, modifier } : type
}

const exactText = textCodec(plainTextName)
const builtInRanges = new Set(['int4range', 'int8range', 'numrange', 'tsrange', 'tstzrange', 'daterange'])

/** Elements that are opaque text make the whole array opaque: its delimiter may be another than the comma. */
function arrayTypeCodec(type: ArrayType): FieldCodec {
  const element = codecForType(withModifier(type.element, type.modifier))
  if (element.schema.name === plainTextName || element.schema.type === 'array') return exactText
  return arrayCodec(element, baseOf(type.element).kind !== 'enum')
}

function baseCodec(type: BaseType): FieldCodec {
  const make =
    type.extension === null ? builtIns[type.name] : extensionTypes[`${type.extension}.${type.name}`]
  return make === undefined ? exactText : make(type.modifier)
}

function bitCodec(modifier: number): FieldCodec {
  if (modifier === 1) return booleanCodec('1', '0')
  return modifier < 0 ? exactText : bitsCodec(modifier, true)
}

type Make = (modifier: number) => FieldCodec

const plainText: Make = () => textCodec(null)
const named =
  (name: string): Make =>
  () =>
    textCodec(name)

const builtIns: Readonly<Record<string, Make | undefined>> = {
  int2: () => integerCodec('int16'),
  int4: () => integerCodec('int32'),
  int8: () => integerCodec('int64'),
  oid: () => integerCodec('int64'),
  bool: () => booleanCodec('t', 'f'),
  float4: () => floatCodec,
  float8: () => doubleCodec,
  numeric: modifier =>
    modifier < 0 ? variableDecimalCodec : decimalCodec(numericPrecision(modifier), numericScale(modifier)),
  money: () => moneyCodec,
  bit: bitCodec,
  varbit: modifier => bitsCodec(modifier < 0 ? 2_147_483_647 : modifier, false),
  text: plainText,
  varchar: plainText,
  bpchar: plainText,
  name: plainText,
  char: plainText,
  inet: plainText,
  cidr: plainText,
  macaddr: plainText,
  macaddr8: plainText,
  bytea: () => byteaCodec,
  date: () => dateCodec,
  time: modifier => (modifier >= 0 && modifier <= 3 ? timeCodec : microTimeCodec),
  timetz: () => zonedTimeCodec,
  timestamp: modifier => (modifier >= 0 && modifier <= 3 ? timestampCodec : microTimestampCodec),
  timestamptz: modifier => zonedTimestampCodec(modifier < 0 ? 6 : modifier),
  interval: named('io.debezium.time.Interval'),
  json: named('io.debezium.data.Json'),
  jsonb: named('io.debezium.data.Json'),
  xml: named('io.debezium.data.Xml'),
  uuid: named('io.debezium.data.Uuid'),
  tsvector: named('io.debezium.data.Tsvector'),
  point: () => pointCodec,
}

const extensionTypes: Readonly<Record<string, Make | undefined>> = {
  'citext.citext': plainText,
  'hstore.hstore': () => hstoreCodec,
  'ltree.ltree': named('io.debezium.data.Ltree'),
}
