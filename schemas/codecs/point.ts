import type { ByteWriter } from '../../core/byte-writer.ts'
import { byteAt } from './byte-at.ts'
import type { FieldCodec } from './field-codec.ts'
import { writeDouble, writeNumber } from './float.ts'
import { scanNumber } from './scan-number.ts'
import { skipBytes, skipLong } from './varint.ts'

/** `point` as Debezium's struct: both coordinates, and the same again as well-known binary. */
export const pointCodec: FieldCodec = {
  schema: {
    type: 'struct',
    fields: [
      { type: 'double', optional: false, field: 'x' },
      { type: 'double', optional: false, field: 'y' },
      { type: 'bytes', optional: true, field: 'wkb' },
      { type: 'int32', optional: true, field: 'srid' },
    ],
    optional: false,
    name: 'io.debezium.data.geometry.Point',
    version: 1,
    doc: 'Geometry (POINT)',
  },
  encode(source, start, length, out) {
    const comma = source.indexOf(0x2c, start)
    const end = start + length - 1
    if (byteAt(source, start) !== 0x28 || comma < 0 || comma > end) return false
    const x = scanNumber(source, start + 1, comma - start - 1)
    const y = scanNumber(source, comma + 1, end - comma - 1)
    if (x === null || y === null) return false
    writePoint(x, y, out)
    return true
  },
  skip(buffer, position) {
    const wkb = position + 16
    const srid = byteAt(buffer, wkb) === 0 ? wkb + 1 : skipBytes(buffer, wkb + 1)
    return byteAt(buffer, srid) === 0 ? srid + 1 : skipLong(buffer, srid + 1)
  },
  text(buffer, start, _end, out) {
    out.byte(0x28)
    writeNumber(buffer.readDoubleLE(start), out)
    out.byte(0x2c)
    writeNumber(buffer.readDoubleLE(start + 8), out)
    out.byte(0x29)
  },
  placeholder(out) {
    writePoint(0, 0, out)
  },
}

const wkbLength = 21

function writePoint(x: number, y: number, out: ByteWriter): void {
  writeDouble(x, out)
  writeDouble(y, out)
  out.byte(2)
  out.byte(wkbLength << 1)
  // Little-endian, type 1: a point.
  out.byte(1)
  out.byte(1)
  for (let i = 0; i < 3; i++) out.byte(0)
  writeDouble(x, out)
  writeDouble(y, out)
  out.byte(0)
}
