import { ByteWriter } from '../../core/byte-writer.ts'
import { writeQuoted } from './array-literal.ts'
import { byteAt } from './byte-at.ts'
import type { FieldReader } from './field-codec.ts'
import { readLong, skipLong } from './varint.ts'

/** Reads Avro arrays as array literals. `nullBranch`: which branch of the elements' union is null; -1 if they are no union. */
export function arrayReader(element: FieldReader, nullBranch: -1 | 0 | 1): FieldReader {
  const scratch = new ByteWriter(256)
  const isNull = (buffer: Buffer, position: number) =>
    nullBranch >= 0 && byteAt(buffer, position) === nullBranch << 1
  const prefix = nullBranch < 0 ? 0 : 1

  function skipItem(buffer: Buffer, position: number): number {
    return isNull(buffer, position) ? position + 1 : element.skip(buffer, position + prefix)
  }
  function writeItem(buffer: Buffer, position: number, end: number, out: ByteWriter): void {
    if (isNull(buffer, position)) out.utf8('NULL')
    else {
      scratch.position = 0
      element.text(buffer, position + prefix, end, scratch)
      writeQuoted(scratch, out)
    }
  }
  return {
    skip(buffer, position) {
      let next = position
      let count = readLong(buffer, next)
      while (count !== 0 && next < buffer.length) {
        next = afterBlockHead(buffer, next, count)
        for (let i = Math.abs(count); i > 0 && next < buffer.length; i--) next = skipItem(buffer, next)
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
          const end = skipItem(buffer, next)
          out.byte(separator)
          separator = 0x2c
          writeItem(buffer, next, end, out)
          next = end
        }
        count = readLong(buffer, next)
      }
      if (separator === 0x7b) out.byte(separator)
      out.byte(0x7d)
    },
  }
}

/** A negative count is followed by the size of the block. */
function afterBlockHead(buffer: Buffer, position: number, count: number): number {
  const next = skipLong(buffer, position)
  return count < 0 ? skipLong(buffer, next) : next
}
