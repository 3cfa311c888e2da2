import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt, startsWith } from './byte-at.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipBytes, skipLong, writeLong } from './varint.ts'

const hexDigits = Buffer.from('0123456789abcdef')
const hexValues = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  hexValues['0123456789abcdef'.charCodeAt(i)] = i
  hexValues['0123456789ABCDEF'.charCodeAt(i)] = i
}

/** `bytea` in its hex form: `\x00ff10`. */
export const byteaCodec: FieldCodec = {
  schema: { type: 'bytes', optional: false },
  encode(source, start, length, out) {
    if (length % 2 !== 0 || !startsWith(source, start, '\\x')) return false
    const before = out.position
    writeLong((length - 2) / 2, out)
    out.reserve(length)
    const buffer = out.buffer
    let position = out.position
    let seen = 0
    for (let i = start + 2; i < start + length; i += 2) {
      const value = (hexValue(source, i) << 4) | hexValue(source, i + 1)
      seen |= value
      buffer[position++] = value
    }
    out.position = seen < 0 ? before : position
    return seen >= 0
  },
  skip: skipBytes,
  text: writeHex,
  placeholder(out) {
    out.byte(0)
  },
}

function writeHex(buffer: Buffer, start: number, _end: number, out: ByteWriter): void {
  const length = readLong(buffer, start)
  const first = skipLong(buffer, start)
  out.reserve(2 + length * 2)
  const target = out.buffer
  let position = out.position
  target[position++] = 0x5c
  target[position++] = 0x78
  for (let i = first; i < first + length; i++) {
    const value = byteAt(buffer, i)
    target[position++] = byteAt(hexDigits, value >>> 4)
    target[position++] = byteAt(hexDigits, value & 15)
  }
  out.position = position
}

function hexValue(source: Buffer, index: number): number {
  return hexValues[byteAt(source, index)] ?? -1
}
