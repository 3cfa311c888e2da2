import { ByteWriter } from '../../core/byte-writer.ts'
import { countItems, isQuoted, itemEnd, unquote } from './array-literal.ts'
import { arrayReader } from './array-reader.ts'
import { isAscii } from './byte-at.ts'
import type { FieldCodec } from './field-codec.ts'
import { writeLong } from './varint.ts'

/**
 * One-dimensional arrays that begin at 1, element by element. Nested arrays and arrays with bounds of their own do not fit,
 * nor does a NULL where `nullable` says that elements are never null.
 */
export function arrayCodec(element: FieldCodec, nullable: boolean): FieldCodec {
  const scratch = new ByteWriter(256)

  function encodeItem(source: Buffer, start: number, end: number, out: ByteWriter): boolean {
    const quoted = isQuoted(source, start)
    const isNull = !quoted && isAscii(source, start, end - start, 'NULL')
    if (nullable) out.byte(isNull ? 0 : 2)
    if (isNull) return nullable
    if (!quoted) return element.encode(source, start, end - start, out)
    unquote(source, start, end, scratch)
    return element.encode(scratch.buffer, 0, scratch.position, out)
  }
  return {
    schema: { type: 'array', items: { ...element.schema, optional: nullable }, optional: false },
    encode(source, start, length, out) {
      const before = out.position
      const end = start + length
      const count = countItems(source, start, end)
      if (count < 0) return false
      if (count > 0) writeLong(count, out)
      for (let i = 0, from = start + 1; i < count; i++) {
        const to = itemEnd(source, from, end)
        if (!encodeItem(source, from, to, out)) {
          out.position = before
          return false
        }
        from = to + 1
      }
      out.byte(0)
      return true
    },
    ...arrayReader(element, nullable ? 0 : -1),
    placeholder(out) {
      out.byte(0)
    },
  }
}
