import { ByteWriter } from '../../core/byte-writer.ts'
import type { FieldReader } from './field-codec.ts'
import { microTimeCodec } from './time.ts'
import { microTimestampCodec } from './timestamp.ts'
import { readBigLong, skipLong, writeBigLong } from './varint.ts'

/** Forms of time that Debezium writes under other settings than ours. PostgreSQL has no nanoseconds: they are micros times 1000. */
export const nanoTimeReader = nanoReader(microTimeCodec)
export const nanoTimestampReader = nanoReader(microTimestampCodec)

/** An interval as microseconds of average months and years. */
export const durationReader: FieldReader = {
  skip: skipLong,
  text(buffer, start, _end, out) {
    out.utf8(`${readBigLong(buffer, start)} microseconds`)
  },
}

function nanoReader(micros: FieldReader): FieldReader {
  const scratch = new ByteWriter(16)
  return {
    skip: skipLong,
    text(buffer, start, _end, out) {
      scratch.position = 0
      writeBigLong(readBigLong(buffer, start) / 1000n, scratch)
      micros.text(scratch.buffer, 0, scratch.position, out)
    },
  }
}
