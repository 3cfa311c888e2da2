import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipBytes, skipLong, writeLong } from './varint.ts'

const one = 0x31
const zero = 0x30

/**
 * `bit(n)` and `varbit` as Debezium's Bits: the bits as a number, little-endian, without zero bytes at its high end.
 * `fixed`: every value has `length` bits; otherwise zeros at the start of a value would be lost, so such values do not fit.
 */
export function bitsCodec(length: number, fixed: boolean): FieldCodec {
  const parameters = { length: String(length) }
  return {
    schema: { type: 'bytes', optional: false, name: 'io.debezium.data.Bits', version: 1, parameters },
    encode(source, start, count, out) {
      if (fixed ? count !== length : count > 0 && byteAt(source, start) === zero) return false
      writeBits(source, start, count, out)
      return true
    },
    skip: skipBytes,
    text(buffer, start, _end, out) {
      const bytes = readLong(buffer, start)
      const first = skipLong(buffer, start)
      let count = fixed ? length : bytes * 8
      if (!fixed) while (count > 0 && !bitAt(buffer, first, count - 1)) count--
      out.reserve(count)
      for (let i = count - 1; i >= 0; i--) {
        out.buffer[out.position++] = i < bytes * 8 && bitAt(buffer, first, i) ? one : zero
      }
    },
    placeholder(out) {
      out.byte(0)
    },
  }
}

function writeBits(source: Buffer, start: number, count: number, out: ByteWriter): void {
  const end = start + count
  let first = start
  while (first < end && byteAt(source, first) === zero) first++
  const bytes = Math.ceil((end - first) / 8)
  writeLong(bytes, out)
  out.reserve(bytes)
  out.buffer.fill(0, out.position, out.position + bytes)
  for (let i = first; i < end; i++) {
    const bit = end - 1 - i
    const at = out.position + (bit >>> 3)
    if (byteAt(source, i) === one) out.buffer[at] = byteAt(out.buffer, at) | (1 << (bit & 7))
  }
  out.position += bytes
}

function bitAt(buffer: Buffer, first: number, bit: number): boolean {
  return ((byteAt(buffer, first + (bit >>> 3)) >>> (bit & 7)) & 1) === 1
}
