import type { ByteWriter } from '../../core/byte-writer.ts'
import type { FieldCodec } from './field-codec.ts'
import { scanNumber } from './scan-number.ts'

const minusZero = '-0'

/** `real`: four bytes. */
export const floatCodec: FieldCodec = {
  schema: { type: 'float', optional: false },
  encode(source, start, length, out) {
    const value = scanNumber(source, start, length)
    if (value === null || betweenFloats(value)) return false
    out.reserve(4)
    out.position = out.buffer.writeFloatLE(value, out.position)
    return true
  },
  skip: (_buffer, position) => position + 4,
  text(buffer, start, _end, out) {
    writeNumber(buffer.readFloatLE(start), out)
  },
  placeholder(out) {
    for (let i = 0; i < 4; i++) out.byte(0)
  },
}

/** `double precision`: eight bytes. */
export const doubleCodec: FieldCodec = {
  schema: { type: 'double', optional: false },
  encode(source, start, length, out) {
    const value = scanNumber(source, start, length)
    if (value === null) return false
    writeDouble(value, out)
    return true
  },
  skip: (_buffer, position) => position + 8,
  text(buffer, start, _end, out) {
    writeNumber(buffer.readDoubleLE(start), out)
  },
  placeholder(out) {
    writeDouble(0, out)
  },
}

/** Appends eight bytes. */
export function writeDouble(value: number, out: ByteWriter): void {
  out.reserve(8)
  out.position = out.buffer.writeDoubleLE(value, out.position)
}

/** Appends the shortest digits that read back as the same double. */
export function writeNumber(value: number, out: ByteWriter): void {
  out.utf8(Object.is(value, -0) ? minusZero : String(value))
}

const bits = Buffer.alloc(8)
const smallestNormal = 2 ** -126

/**
 * Rounding the text to a double and that to a float may end at the wrong neighbour when the double lies exactly in the
 * middle of two floats, and below the normal floats the middle is elsewhere. So rare that such values travel as text.
 */
function betweenFloats(value: number): boolean {
  if (Math.fround(value) === value || Number.isNaN(value)) return false
  if (Math.abs(value) < smallestNormal) return true
  bits.writeDoubleLE(value, 0)
  return (bits.readUInt32LE(0) & 0x1fff_ffff) === 0x1000_0000
}
