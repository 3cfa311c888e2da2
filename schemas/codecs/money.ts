import { byteAt } from './byte-at.ts'
import { decimalCodec } from './decimal.ts'
import type { FieldCodec } from './field-codec.ts'
import { skipBytes } from './varint.ts'

const plain = decimalCodec(null, 2)
const scratch = Buffer.alloc(64)
const dollar = 0x24
const comma = 0x2c

/** `money` as the C locale writes it: `-$1,234.50`. */
export const moneyCodec: FieldCodec = {
  schema: plain.schema,
  skip: skipBytes,
  text: (buffer, start, end, out) => plain.text(buffer, start, end, out),
  placeholder: out => plain.placeholder(out),
  encode(source, start, length, out) {
    if (length > scratch.length) return false
    let count = 0
    for (let i = start; i < start + length; i++) {
      const byte = byteAt(source, i)
      if (byte !== dollar && byte !== comma) scratch[count++] = byte
    }
    return plain.encode(scratch, 0, count, out)
  },
}
