import { type Optional, optionalOf } from './avro-skip.ts'
import type { AvroType } from './avro-type.ts'
import { arrayReader } from './codecs/array-reader.ts'
import { bitsCodec } from './codecs/bits.ts'
import { booleanCodec } from './codecs/boolean.ts'
import { byteaCodec } from './codecs/bytea.ts'
import { dateCodec } from './codecs/date.ts'
import { decimalCodec } from './codecs/decimal.ts'
import type { FieldReader } from './codecs/field-codec.ts'
import { doubleCodec, floatCodec } from './codecs/float.ts'
import { hstoreCodec } from './codecs/hstore.ts'
import { integerCodec } from './codecs/integer.ts'
import { durationReader, nanoTimeReader, nanoTimestampReader } from './codecs/foreign-times.ts'
import { pointCodec } from './codecs/point.ts'
import { textCodec } from './codecs/text.ts'
import { microTimeCodec, timeCodec } from './codecs/time.ts'
import { microTimestampCodec, timestampCodec } from './codecs/timestamp.ts'
import { variableDecimalCodec } from './codecs/variable-decimal.ts'
import { zonedTimestampCodec } from './codecs/zoned-timestamp.ts'

/**
 * How to read a field that any writer of Debezium envelopes wrote. `sourceType` is the type's upper-case name in the source,
 * null where the writer does not tell. Null: there is no text for this type.
 */
export function readerForAvro(type: AvroType, sourceType: string | null): FieldReader | null {
  switch (type.kind) {
    case 'primitive':
      return primitiveReader(type, sourceType)
    case 'record':
      return recordReaders[type.fullName] ?? null
    case 'array': {
      const element = optionalOf(type.items)
      return element === null ? null : arrayOf(element, sourceType)
    }
    case 'map':
    case 'fixed':
    case 'union':
      return null
  }
}

/** The name of an array type is its element's with an underscore in front. */
function arrayOf(element: Optional, sourceType: string | null): FieldReader | null {
  const reader = readerForAvro(element.type, sourceType?.replace(/^_/, '') ?? null)
  return reader === null ? null : arrayReader(reader, element.nullBranch)
}

type Primitive = Extract<AvroType, { kind: 'primitive' }>

function primitiveReader(type: Primitive, sourceType: string | null): FieldReader | null {
  switch (type.type) {
    case 'null':
    case 'enum':
      return null
    case 'boolean':
      return sourceType === null || sourceType === 'BIT' ? bit : booleanCodec('t', 'f')
    case 'int':
    case 'long':
      return numberReaders[type.name ?? ''] ?? integer
    case 'float':
      return floatCodec
    case 'double':
      return doubleCodec
    case 'bytes':
      return bytesReader(type, sourceType)
    case 'string':
      return stringReader(type.name, sourceType)
  }
}

/** `1` and `0` are good for booleans as well as for bits. */
const bit = booleanCodec('1', '0')
const integer = integerCodec('int64')
const text = textCodec(null)
const zonedTimestamp = zonedTimestampCodec(6)

const numberReaders: Readonly<Record<string, FieldReader | undefined>> = {
  'io.debezium.time.Date': dateCodec,
  'org.apache.kafka.connect.data.Date': dateCodec,
  'io.debezium.time.Time': timeCodec,
  'org.apache.kafka.connect.data.Time': timeCodec,
  'io.debezium.time.MicroTime': microTimeCodec,
  'io.debezium.time.NanoTime': nanoTimeReader,
  'io.debezium.time.Timestamp': timestampCodec,
  'org.apache.kafka.connect.data.Timestamp': timestampCodec,
  'io.debezium.time.MicroTimestamp': microTimestampCodec,
  'io.debezium.time.NanoTimestamp': nanoTimestampReader,
  'io.debezium.time.MicroDuration': durationReader,
}

const recordReaders: Readonly<Record<string, FieldReader | undefined>> = {
  'io.debezium.data.VariableScaleDecimal': variableDecimalCodec,
  'io.debezium.data.geometry.Point': pointCodec,
}

function stringReader(name: string | null, sourceType: string | null): FieldReader {
  if (name === 'io.debezium.data.Json' && sourceType === 'HSTORE') return hstoreCodec
  return name === 'io.debezium.time.ZonedTimestamp' ? zonedTimestamp : text
}

/** Bytes of a type that is not `bytea` are the text of a type that the writer did not know. */
function bytesReader(type: Primitive, sourceType: string | null): FieldReader {
  if (type.name === 'org.apache.kafka.connect.data.Decimal') {
    return decimalCodec(null, Number(type.parameters['scale'] ?? 0))
  }
  if (type.name === 'io.debezium.data.Bits') {
    return bitsCodec(Number(type.parameters['length'] ?? 1), sourceType !== 'VARBIT')
  }
  return sourceType === null || sourceType === 'BYTEA' ? byteaCodec : text
}
