import { expect, test } from 'vitest'
import { RecordBatchWriter } from '../../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../../kafka/record-span.ts'
import { BatchBuilder } from '../../../sinks/batch-builder.ts'
import { partitionState } from '../../../sinks/partition-state.ts'

const place = { topic: 't', partition: 0 }
const framed = Buffer.from([0, 0, 0, 0, 7])

/** One event at offset 10 that the builder cannot take yet, with a tombstone before it or not. */
function fetched({ tombstone }: { tombstone: boolean }) {
  const writer = new RecordBatchWriter(64)
  if (tombstone) writer.append(recordSpan(Buffer.from('k'), null), null)
  writer.append(recordSpan(null, framed), null)
  const { bytes, count } = writer.encoded(place.topic, place.partition)
  const baseOffset = tombstone ? 9n : 10n
  const more = { start: 0, end: bytes.length, count, timestampMs: 0 }
  return { ...place, since: baseOffset, baseOffset, nextOffset: 11n, bytes, ...more }
}

const standingAt = (nextOffset: bigint) =>
  partitionState({ ...place, nextOffset, order: { commit: 0n, index: 0n } })

test('a partition that stands before an event which waits is no part of the batch, so that another may take it past that', () => {
  const partition = standingAt(10n)
  const builder = new BatchBuilder({ get: () => undefined })
  expect(builder.add(partition, fetched({ tombstone: false }))).toMatchObject({ kind: 'unknown-schema' })
  expect(builder.isEmpty).toBe(true)
  partition.next = 11n
  builder.pass(partition, 12n)
  expect(builder.take().advances).toMatchObject([{ from: 11n, to: 12n }])
})

test('a partition that has moved up to such an event is', () => {
  const partition = standingAt(9n)
  const builder = new BatchBuilder({ get: () => undefined })
  builder.add(partition, fetched({ tombstone: true }))
  expect(builder.take().advances).toMatchObject([{ from: 9n, to: 10n }])
})
