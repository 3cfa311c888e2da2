import { viewOf } from '../../core/byte-view.ts'
import { ByteWriter } from '../../core/byte-writer.ts'
import type { FieldCodec } from '../../schemas/codecs/field-codec.ts'

/** Throws if the codec's quick form writes anything else than `bytes`; null: the plain codec writes nothing. */
function requireSamePut(codec: FieldCodec, source: Buffer, length: number, bytes: Buffer | null): void {
  const out = new ByteWriter(4096)
  const end = codec.put?.(viewOf(source), 1, length, out.view, 7) ?? -1
  if (end < 0) return
  if (bytes === null || !out.buffer.subarray(7, end).equals(bytes)) throw new Error('the quick form differs')
}

/** The same for the text that comes back. */
function requireSameTake(codec: FieldCodec, padded: Buffer, text: Buffer): void {
  const out = new ByteWriter(4096)
  const end = codec.take?.(viewOf(padded), 1, out.view, 7) ?? -1
  if (end < 0) return
  if (!out.buffer.subarray(7, end).equals(text)) throw new Error('the quick text differs')
  if (/[\\\t\n\r]/.test(text.toString('latin1'))) throw new Error('the quick text had to be escaped')
}

/** What became of a text: its Avro bytes and the text they give; null if the codec says that it does not fit. */
export function codecTrip(codec: FieldCodec, text: string): { bytes: Buffer; text: string } | null {
  const source = Buffer.from(`9${text}8`)
  // Too small on purpose, so that codecs must make room.
  const out = new ByteWriter(1)
  out.byte(7)
  if (!codec.encode(source, 1, source.length - 2, out)) {
    if (out.position !== 1) throw new Error('a value that does not fit must leave nothing behind')
    requireSamePut(codec, source, source.length - 2, null)
    return null
  }
  const bytes = Buffer.from(out.written().subarray(1))
  requireSamePut(codec, source, source.length - 2, bytes)
  const padded = Buffer.concat([Buffer.from([1]), bytes, Buffer.from([250])])
  const end = codec.skip(padded, 1)
  if (end !== bytes.length + 1) throw new Error(`skip ended at ${end}, not at ${bytes.length + 1}`)
  const back = new ByteWriter(1)
  back.byte(0x5f)
  codec.text(padded, 1, end, back)
  requireSameTake(codec, padded, back.written().subarray(1))
  return { bytes, text: back.written().subarray(1).toString() }
}
