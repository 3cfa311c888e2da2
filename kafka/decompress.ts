import { gunzipSync } from 'node:zlib'
import { MigrationError } from '../core/errors.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const NONE = 0
const GZIP = 1

/** The records of a batch as they were before compression. `place` names the batch in errors. */
export function decompress(codec: number, records: Buffer, place: string): Buffer {
  if (codec === NONE) return records
  if (codec !== GZIP) {
    throw new MigrationError(
      'kafka.compression_unsupported',
      `The batch at ${place} is compressed with ${codecs[codec] ?? `codec ${codec}`}`,
    )
  }
  try {
    return gunzipSync(records)
  } catch (cause) {
    throw new MigrationError('kafka.corrupt_batch', `The batch at ${place} cannot be unzipped`, { cause })
  }
}
