import { byteAt, startsWith } from './byte-at.ts'
import type { FieldCodec } from './field-codec.ts'
import { takeText } from './fast/fast-text.ts'
import { copyBytes, encodeBytes, textCodec } from './text.ts'
import { skipBytes } from './varint.ts'

const plain = textCodec('io.debezium.time.ZonedTime')
const scratch = Buffer.alloc(32)
const plus = 0x2b
const minus = 0x2d

/** `timetz` with the offset it was written with: `12:34:56.789012+02:00`, `Z` for UTC. */
export const zonedTimeCodec: FieldCodec = {
  schema: plain.schema,
  skip: skipBytes,
  text: copyBytes,
  take: takeText,
  encode(source, start, length, out) {
    const end = start + length
    const sign = end - 3
    // What is shorter has no offset: the bytes before it are another field's.
    const short = length >= 3 && (byteAt(source, sign) === plus || byteAt(source, sign) === minus)
    if (!short || length > 24) return encodeBytes(source, start, length, out)
    const utc = startsWith(source, sign, '+00')
    source.copy(scratch, 0, start, end)
    scratch.write(utc ? 'Z' : ':00', utc ? length - 3 : length)
    return encodeBytes(scratch, 0, utc ? length - 2 : length + 3, out)
  },
  placeholder(out) {
    out.byte(18)
    out.utf8('00:00:00Z')
  },
}
