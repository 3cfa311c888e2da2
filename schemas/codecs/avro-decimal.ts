import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'
import { wide } from './wide.ts'

/** Appends the number in `wide`, negated if asked, as Avro bytes: big-endian two's complement, as few bytes as possible. */
export function writeWideUnscaled(negative: boolean, out: ByteWriter): void {
  let high = wide.high
  let low = wide.low
  if (negative) {
    low = (~low + 1) >>> 0
    high = (~high + (low === 0 ? 1 : 0)) >>> 0
  }
  const sign = negative && (wide.high !== 0 || wide.low !== 0) ? 255 : 0
  let length = 8
  while (length > 1 && redundant(byteOf(high, low, length - 1), byteOf(high, low, length - 2), sign)) length--
  out.reserve(9)
  const buffer = out.buffer
  let position = out.position
  buffer[position++] = length << 1
  for (let i = length - 1; i >= 0; i--) buffer[position++] = byteOf(high, low, i)
  out.position = position
}

/** Appends a number of any size as Avro bytes. */
export function writeBigUnscaled(value: bigint, out: ByteWriter): void {
  let length = 1
  while (BigInt.asIntN(length * 8, value) !== value) length++
  out.reserve(length + 5)
  out.position = writeLength(length, out)
  let rest = value
  for (let i = length - 1; i >= 0; i--) {
    out.buffer[out.position + i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  out.position += length
}

/** Reads up to eight bytes of two's complement into `wide`. Returns whether the number is negative. */
export function readWideUnscaled(buffer: Uint8Array, start: number, length: number): boolean {
  const negative = length > 0 && byteAt(buffer, start) > 127
  let high = negative ? 0xffff_ffff : 0
  let low = high
  for (let i = start; i < start + length; i++) {
    high = ((high << 8) | (low >>> 24)) >>> 0
    low = ((low << 8) | byteAt(buffer, i)) >>> 0
  }
  if (negative) {
    low = (~low + 1) >>> 0
    high = (~high + (low === 0 ? 1 : 0)) >>> 0
  }
  wide.high = high
  wide.low = low
  return negative
}

/** Reads two's complement of any length. */
export function readBigUnscaled(buffer: Buffer, start: number, length: number): bigint {
  if (length === 0) return 0n
  return BigInt.asIntN(length * 8, BigInt(`0x${buffer.toString('hex', start, start + length)}`))
}

function byteOf(high: number, low: number, index: number): number {
  return index < 4 ? (low >>> (index * 8)) & 255 : (high >>> ((index - 4) * 8)) & 255
}

function redundant(top: number, next: number, sign: number): boolean {
  return top === sign && (next & 128) === (sign & 128)
}

function writeLength(length: number, out: ByteWriter): number {
  let zigzag = length * 2
  let position = out.position
  while (zigzag > 127) {
    out.buffer[position++] = (zigzag & 127) | 128
    zigzag >>>= 7
  }
  out.buffer[position++] = zigzag
  return position
}
