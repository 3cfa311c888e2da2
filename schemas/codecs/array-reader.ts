import { ByteWriter } from '../../core/byte-writer.ts'
import { writeQuoted } from './array-literal.ts'
import { byteAt } from './byte-at.ts'
import type { FieldReader } from './field-codec.ts'
import { readLong, skipLong } from './varint.ts'

/** Reads Avro arrays as array literals. `nullBranch`: which branch of the elements' union is null; -1 if they are no union. */
export function arrayReader(element: FieldReader, nullBranch: -1 | 0 | 1): FieldReader {
  const item = itemReader(element, nullBranch)
  return {
    skip(buffer, position) {
      let next = position
      let count = readLong(buffer, next)
      while (count !== 0 && next < buffer.length) {
        next = afterBlockHead(buffer, next, count)
        for (let i = Math.abs(count); i > 0 && next < buffer.length; i--) next = item.skip(buffer, next)
        count = readLong(buffer, next)
      }
      return skipLong(buffer, next)
    },
    text(buffer, start, _end, out) {
      let separator = 0x7b
      let next = start
      let count = readLong(buffer, next)
      while (count !== 0) {
        next = afterBlockHead(buffer, next, count)
        for (let i = Math.abs(count); i > 0; i--) {
          out.byte(separator)
          separator = 0x2c
          const end = item.skip(buffer, next)
          item.text(buffer, next, end, out)
          next = end
        }
        count = readLong(buffer, next)
      }
      if (separator === 0x7b) out.byte(separator)
      out.byte(0x7d)
    },
  }
}

/** Reads one element: `NULL`, or the element's text in quotes. */
function itemReader(element: FieldReader, nullBranch: -1 | 0 | 1): FieldReader {
  const scratch = new ByteWriter(256)
  const prefix = nullBranch < 0 ? 0 : 1
  const isNull = (buffer: Buffer, position: number) =>
    nullBranch >= 0 && byteAt(buffer, position) === nullBranch << 1
  return {
    skip: (buffer, position) =>
      isNull(buffer, position) ? position + 1 : element.skip(buffer, position + prefix),
    text(buffer, start, end, out) {
      if (isNull(buffer, start)) out.utf8('NULL')
      else {
        scratch.position = 0
        element.text(buffer, start + prefix, end, scratch)
        writeQuoted(scratch, out)
      }
    },
  }
}

/** A negative count is followed by the size of the block. */
function afterBlockHead(buffer: Buffer, position: number, count: number): number {
  const next = skipLong(buffer, position)
  return count < 0 ? skipLong(buffer, next) : next
}
