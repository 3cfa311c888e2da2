import { scanDecimal, scannedDecimal } from './decimal-digits.ts'
import { writeScaled, writeUnscaled } from './decimal.ts'
import type { FieldCodec } from './field-codec.ts'
import { readLong, skipBytes, skipLong, writeLong } from './varint.ts'

/** `numeric` without precision: each value brings its own scale. NaN and the infinities do not fit. */
export const variableDecimalCodec: FieldCodec = {
  schema: {
    type: 'struct',
    fields: [
      { type: 'int32', optional: false, field: 'scale' },
      { type: 'bytes', optional: false, field: 'value' },
    ],
    optional: false,
    name: 'io.debezium.data.VariableScaleDecimal',
    version: 1,
    doc: 'Variable scaled decimal',
  },
  encode(source, start, length, out) {
    if (!scanDecimal(source, start, length)) return false
    writeLong(scannedDecimal.scale, out)
    return writeUnscaled(out)
  },
  skip: (buffer, position) => skipBytes(buffer, skipLong(buffer, position)),
  text(buffer, start, _end, out) {
    writeScaled(buffer, skipLong(buffer, start), readLong(buffer, start), out)
  },
  placeholder(out) {
    out.byte(0)
    out.byte(2)
    out.byte(0)
  },
}
