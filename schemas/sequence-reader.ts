import { byteAt } from './codecs/byte-at.ts'
import { readLong, skipLong } from './codecs/varint.ts'
import { parseDigits } from './codecs/wide.ts'

const quote = 0x22

/**
 * Reads the first number of `source.sequence`, the Avro string `["123","456"]`: the end of the transaction before. -1n where
 * it is null. All rows of a transaction have the same one, so the last result is kept.
 */
export function sequenceReader(): (buffer: Buffer, position: number) => bigint {
  let lastNumber = -1
  let last = -1n
  return (buffer, position) => {
    const start = skipLong(buffer, position)
    const limit = start + readLong(buffer, position)
    if (byteAt(buffer, start + 1) !== quote) return -1n
    let end = start + 2
    while (end < limit && byteAt(buffer, end) !== quote) end++
    if (end - start > 17) return BigInt(buffer.toString('latin1', start + 2, end))
    const number = parseDigits(buffer, start + 2, end)
    if (number !== lastNumber) {
      lastNumber = number
      last = BigInt(number)
    }
    return last
  }
}
