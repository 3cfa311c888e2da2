import { gunzipSync } from 'node:zlib'
import { MigrationError } from '../core/errors.ts'
import type { EncodedRecords } from './log.ts'
import { lz4 } from './native.ts'

/** How a writer compresses its record batches. */
export type Compression = 'none' | 'lz4'

/** In the order of their numbers in a batch's header. */
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const LZ4 = 3

/** Below this the frame and the turn through another thread cost more than the bytes that they save. */
const WORTH_BYTES = 4096

/** The same records, smaller. Works in a thread of Node's pool, so that the caller's goes on. */
export async function compressed(how: Compression, records: EncodedRecords): Promise<EncodedRecords> {
  if (how === 'none' || records.bytes.length < WORTH_BYTES) return records
  return { ...records, bytes: await lz4().compressFrame(records.bytes), codec: LZ4 }
}

/** How those that can be read are read. What is not installed is no fault of a batch. */
const decompressors = new Map<string, () => (records: Buffer) => Buffer>([
  ['gzip', () => records => gunzipSync(records)],
  ['lz4', () => lz4().decompressFrameSync],
])

/** The records of a batch as they were before compression. `place` names the batch in errors. */
export function decompressed(codec: number, records: Buffer, place: string): Buffer {
  const name = codecs[codec] ?? `codec ${codec}`
  const decompress = decompressors.get(name)?.()
  if (decompress === undefined)
    throw new MigrationError(
      'kafka.compression_unsupported',
      `The batch at ${place} is compressed with ${name}`,
    )
  try {
    return decompress(records)
  } catch (cause) {
    throw new MigrationError('kafka.corrupt_batch', `The batch at ${place} is no ${name}`, { cause })
  }
}
