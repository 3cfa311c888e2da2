import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'
import { wide } from './wide.ts'

/** Beyond this a zigzag number does not fit a double. */
export const safeLong = 2 ** 52

/** Appends an Avro int or long whose absolute value is at most `safeLong`. */
export function writeLong(value: number, out: ByteWriter): void {
  out.reserve(10)
  const buffer = out.buffer
  let position = out.position
  let zigzag = value < 0 ? -2 * value - 1 : 2 * value
  while (zigzag > 0x7fff_ffff) {
    buffer[position++] = (zigzag % 128) | 128
    zigzag = Math.floor(zigzag / 128)
  }
  while (zigzag > 127) {
    buffer[position++] = (zigzag & 127) | 128
    zigzag >>>= 7
  }
  buffer[position++] = zigzag
  out.position = position
}

/** Appends the number in `wide`, negated if asked, as an Avro long. The caller has checked that it is one of 64 bits. */
export function writeWide(negative: boolean, out: ByteWriter): void {
  out.reserve(10)
  let low = (wide.low << 1) >>> 0
  let high = ((wide.high << 1) | (wide.low >>> 31)) >>> 0
  if (negative) {
    if (low === 0) high = (high - 1) >>> 0
    low = (low - 1) >>> 0
  }
  const buffer = out.buffer
  let position = out.position
  while (high > 0 || low > 127) {
    buffer[position++] = (low & 127) | 128
    low = ((low >>> 7) | (high << 25)) >>> 0
    high >>>= 7
  }
  buffer[position++] = low
  out.position = position
}

/** Appends an Avro long of any size. */
export function writeBigLong(value: bigint, out: ByteWriter): void {
  const size = value < 0n ? -value : value
  wide.high = Number(size >> 32n)
  wide.low = Number(size & 0xffff_ffffn)
  writeWide(value < 0n, out)
}

/** Reads an Avro int or long; exact while the absolute value is at most `safeLong`. */
export function readLong(buffer: Uint8Array, position: number): number {
  let byte = byteAt(buffer, position)
  if (byte < 128) return (byte >>> 1) ^ -(byte & 1)
  let value = byte & 127
  let factor = 128
  do {
    byte = byteAt(buffer, ++position)
    value += (byte & 127) * factor
    factor *= 128
  } while (byte > 127)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/** Reads an Avro long of any size into `wide`. Returns whether it is negative. */
export function readWide(buffer: Uint8Array, position: number): boolean {
  let low = 0
  let middle = 0
  let high = 0
  let byte: number
  let shift = 0
  do {
    byte = byteAt(buffer, position++)
    if (shift < 28) low |= (byte & 127) << shift
    else if (shift < 56) middle |= (byte & 127) << (shift - 28)
    else high |= (byte & 127) << (shift - 56)
    shift += 7
  } while (byte > 127)
  const bottom = (low | (middle << 28)) >>> 0
  const top = ((middle >>> 4) | (high << 24)) >>> 0
  const negative = (bottom & 1) === 1
  wide.low = ((bottom >>> 1) | (top << 31)) >>> 0
  wide.high = top >>> 1
  if (negative) {
    wide.low = (wide.low + 1) >>> 0
    if (wide.low === 0) wide.high += 1
  }
  return negative
}

/** Reads an Avro long of any size. */
export function readBigLong(buffer: Uint8Array, position: number): bigint {
  const negative = readWide(buffer, position)
  const size = (BigInt(wide.high) << 32n) | BigInt(wide.low)
  return negative ? -size : size
}

/** Where the Avro int or long at `position` ends. */
export function skipLong(buffer: Uint8Array, position: number): number {
  while (byteAt(buffer, position) > 127) position++
  return position + 1
}

/** Where the Avro string or bytes at `position` end; beyond every buffer if their length is negative. */
export function skipBytes(buffer: Uint8Array, position: number): number {
  const length = readLong(buffer, position)
  return length < 0 ? Number.MAX_SAFE_INTEGER : skipLong(buffer, position) + length
}
