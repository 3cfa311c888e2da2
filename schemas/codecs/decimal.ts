import type { ByteWriter } from '../../core/byte-writer.ts'
import { readBigUnscaled, readWideUnscaled, writeBigUnscaled, writeWideUnscaled } from './avro-decimal.ts'
import { byteAt } from './byte-at.ts'
import { scanDecimal, scannedDecimal } from './decimal-digits.ts'
import { writePadded, writeWideDigits } from './digits.ts'
import { putDecimal, takeDecimal } from './fast/fast-decimal.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipBytes, skipLong } from './varint.ts'
import { parseWide } from './wide.ts'

const decimalName = 'org.apache.kafka.connect.data.Decimal'
const minus = 0x2d
const zero = 0x30

/**
 * `numeric(precision, scale)` as Connect's Decimal. NaN and the infinities do not fit. The precision is left unsaid where
 * it is null.
 */
export function decimalCodec(precision: number | null, scale: number): FieldCodec {
  const parameters = {
    scale: String(scale),
    ...(precision === null ? {} : { 'connect.decimal.precision': String(precision) }),
  }
  return {
    schema: { type: 'bytes', optional: false, name: decimalName, version: 1, parameters },
    encode: (source, start, length, out) =>
      scanDecimal(source, start, length) && fitScale(scale) && writeUnscaled(out),
    skip: skipBytes,
    text(buffer, start, _end, out) {
      writeScaled(buffer, start, scale, out)
    },
    placeholder(out) {
      out.byte(2)
      out.byte(0)
    },
    ...(scale >= 0 && scale < 10 ? { put: putDecimal(scale), take: takeDecimal(scale) } : {}),
  }
}

/** Brings the scanned number to `scale` decimals. False if that would round it. */
function fitScale(scale: number): boolean {
  const scanned = scannedDecimal
  while (scanned.scale > scale && scanned.digits[scanned.count - 1] === zero) {
    scanned.count--
    scanned.scale--
  }
  if (scanned.scale > scale || scanned.count + scale - scanned.scale > scanned.digits.length)
    return scanned.count === 0
  while (scanned.scale < scale) {
    scanned.digits[scanned.count++] = zero
    scanned.scale++
  }
  return true
}

/** Appends the scanned number's unscaled value as Avro bytes. Always true. */
export function writeUnscaled(out: ByteWriter): true {
  const { digits, count, negative } = scannedDecimal
  if (count === 0) {
    out.byte(2)
    out.byte(0)
  } else if (count <= 18 && parseWide(digits, 0, count)) writeWideUnscaled(negative, out)
  else {
    const size = BigInt(digits.toString('latin1', 0, count))
    writeBigUnscaled(negative ? -size : size, out)
  }
  return true
}

/** Appends the decimal text of the unscaled Avro bytes at `start`, with exactly `scale` decimals. */
export function writeScaled(buffer: Buffer, start: number, scale: number, out: ByteWriter): void {
  const length = readLong(buffer, start)
  const first = skipLong(buffer, start)
  if (length > 0 && byteAt(buffer, first) > 127) out.byte(minus)
  const from = out.position
  writeSize(buffer, first, length, out)
  if (scale > 0) insertPoint(from, scale, out)
  else if (scale < 0 && !(out.position === from + 1 && out.buffer[from] === zero)) writePadded(0, -scale, out)
}

function writeSize(buffer: Buffer, first: number, length: number, out: ByteWriter): void {
  if (length <= 8) {
    readWideUnscaled(buffer, first, length)
    writeWideDigits(out)
  } else {
    const value = readBigUnscaled(buffer, first, length)
    out.utf8(String(value < 0n ? -value : value))
  }
}

/** Puts the decimal point before the last `scale` of the digits written since `from`, and zeros in front where they are too few. */
function insertPoint(from: number, scale: number, out: ByteWriter): void {
  const missing = Math.max(0, scale + 1 - (out.position - from))
  out.reserve(missing + 1)
  const buffer = out.buffer
  if (missing > 0) {
    buffer.copyWithin(from + missing, from, out.position)
    buffer.fill(zero, from, from + missing)
    out.position += missing
  }
  const point = out.position - scale
  for (let i = out.position; i > point; i--) buffer[i] = byteAt(buffer, i - 1)
  buffer[point] = 0x2e
  out.position++
}
