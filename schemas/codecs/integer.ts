import type { ByteWriter } from '../../core/byte-writer.ts'
import type { ConnectSchema } from '../connect-schema.ts'
import { byteAt } from './byte-at.ts'
import { writeDigits, writeWideDigits } from './digits.ts'
import { putInteger, takeInteger } from './fast/fast-integer.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, readWide, skipLong, writeLong, writeWide } from './varint.ts'
import { parseDigits, parseWide, wide } from './wide.ts'

const minus = 0x2d

/** `smallint`, `integer`, `bigint` and `oid`: decimal digits. */
export function integerCodec(type: 'int16' | 'int32' | 'int64'): FieldCodec {
  return {
    schema: { type, optional: false } satisfies ConnectSchema,
    encode,
    skip: skipLong,
    text,
    placeholder,
    put: putInteger,
    take: takeInteger,
  }
}

function encode(source: Buffer, start: number, length: number, out: ByteWriter): boolean {
  const negative = byteAt(source, start) === minus
  const first = negative ? start + 1 : start
  const end = start + length
  if (end - first > 15) return encodeWide(source, first, end, out)
  const value = parseDigits(source, first, end)
  if (value < 0) return false
  writeLong(negative ? -value : value, out)
  return true
}

function encodeWide(source: Buffer, first: number, end: number, out: ByteWriter): boolean {
  if (!parseWide(source, first, end)) return false
  const negative = byteAt(source, first - 1) === minus
  const limit = 0x8000_0000
  if (wide.high > limit || (wide.high === limit && !(negative && wide.low === 0))) return false
  writeWide(negative, out)
  return true
}

/** Appends the Avro int or long at `start` in decimal digits. */
function text(buffer: Buffer, start: number, end: number, out: ByteWriter): void {
  if (end - start <= 7) {
    const value = readLong(buffer, start)
    if (value < 0) out.byte(minus)
    writeDigits(Math.abs(value), out)
    return
  }
  if (readWide(buffer, start)) out.byte(minus)
  writeWideDigits(out)
}

function placeholder(out: ByteWriter): void {
  out.byte(0)
}
