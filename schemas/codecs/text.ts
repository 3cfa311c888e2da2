import type { ByteWriter } from '../../core/byte-writer.ts'
import type { ConnectSchema } from '../connect-schema.ts'
import { putText, takeText } from './fast/fast-text.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipBytes, skipLong, writeLong } from './varint.ts'

/** The semantic name of text whose type no consumer but ours knows: the database's own text form, exact. */
export const plainTextName = 'switchback.data.Text'

/** Types that travel as the text the database writes, under a semantic name or none. */
export function textCodec(name: string | null, parameters?: Readonly<Record<string, string>>): FieldCodec {
  const schema: ConnectSchema = {
    type: 'string',
    optional: false,
    ...(name === null ? {} : { name, version: 1 }),
    ...(parameters === undefined ? {} : { parameters }),
  }
  return {
    schema,
    encode: encodeBytes,
    skip: skipBytes,
    text: copyBytes,
    placeholder,
    put: putText,
    take: takeText,
  }
}

/** Appends `source[start, start + length)` as an Avro string or bytes. */
export function encodeBytes(source: Buffer, start: number, length: number, out: ByteWriter): true {
  writeLong(length, out)
  out.bytes(source, start, start + length)
  return true
}

/** Appends the content of the Avro string or bytes at `start`. */
export function copyBytes(buffer: Buffer, start: number, _end: number, out: ByteWriter): void {
  const first = skipLong(buffer, start)
  out.bytes(buffer, first, first + readLong(buffer, start))
}

function placeholder(out: ByteWriter): void {
  out.byte(0)
}
