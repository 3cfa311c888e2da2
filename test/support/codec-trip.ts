import { ByteWriter } from '../../core/byte-writer.ts'
import type { FieldCodec } from '../../schemas/codecs/field-codec.ts'

/** What became of a text: its Avro bytes and the text they give; null if the codec says that it does not fit. */
export function codecTrip(codec: FieldCodec, text: string): { bytes: Buffer; text: string } | null {
  const source = Buffer.from(`9${text}8`)
  // Too small on purpose, so that codecs must make room.
  const out = new ByteWriter(1)
  out.byte(7)
  if (!codec.encode(source, 1, source.length - 2, out)) {
    if (out.position !== 1) throw new Error('a value that does not fit must leave nothing behind')
    return null
  }
  const bytes = Buffer.from(out.written().subarray(1))
  const padded = Buffer.concat([Buffer.from([1]), bytes, Buffer.from([250])])
  const end = codec.skip(padded, 1)
  if (end !== bytes.length + 1) throw new Error(`skip ended at ${end}, not at ${bytes.length + 1}`)
  const back = new ByteWriter(1)
  back.byte(0x5f)
  codec.text(padded, 1, end, back)
  return { bytes, text: back.written().subarray(1).toString() }
}
