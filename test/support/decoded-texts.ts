import { ByteWriter } from '../../core/byte-writer.ts'
import type { ChangeDecoder, RowSpans } from '../../schemas/decoder.ts'

/** The row in the spans, as text. */
export function textsOf(
  decoder: ChangeDecoder,
  buffer: Buffer,
  spans: RowSpans,
): Record<string, string | null> {
  const row: Record<string, string | null> = {}
  decoder.columns.forEach((column, i) => {
    const start = spans.starts[i] ?? -1
    const out = new ByteWriter(1)
    const isNull = decoder.isNull(i, buffer, start)
    if (!isNull) decoder.text(i, buffer, start, out)
    row[column.name] = isNull ? null : out.written().toString()
  })
  return row
}
