import type { StoredBatch } from './committed-batches.ts'
import { decompressed } from './compression.ts'
import type { FetchedBatch } from './log.ts'
import { RecordCursor } from './record-cursor.ts'

/**
 * What is delivered of a batch: its records from the offset on that was asked for, without compression. To be done one at a time,
 * right before the delivery: a few compressed megabytes may be a hundred plain ones.
 */
export function openBatch({ stored, fetchOffset, ...batch }: StoredBatch): FetchedBatch {
  const { codec, ...where } = stored
  const opened = { ...batch, ...(codec === 0 ? where : decompressedRecords(batch, stored)) }
  return batch.baseOffset < fetchOffset ? withoutRecordsBefore(opened, fetchOffset) : opened
}

function decompressedRecords(
  { topic, partition, baseOffset }: Pick<StoredBatch, 'topic' | 'partition' | 'baseOffset'>,
  { bytes, start, end, codec, count }: StoredBatch['stored'],
) {
  const place = `${topic}/${partition}@${baseOffset}`
  const plain = decompressed(codec, bytes.subarray(start, end), place)
  return { bytes: plain, start: 0, end: plain.length, count }
}

/** Kafka answers with whole batches; the records before the wanted offset were delivered already. */
function withoutRecordsBefore(batch: FetchedBatch, offset: bigint): FetchedBatch {
  const cursor = new RecordCursor()
  cursor.open(batch)
  let skipped = 0
  let { start } = batch
  while (cursor.next() && cursor.offset < offset) {
    skipped++
    start = cursor.position
  }
  return { ...batch, start, count: batch.count - skipped }
}
