import { expect, test } from 'vitest'
import { PublishBatch } from '../../../connectors/publish-batch.ts'
import { publishRounds } from '../../../connectors/publish-rounds.ts'
import { recordSpan } from '../../../kafka/record-span.ts'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import { RecordCursor } from '../../../kafka/record-cursor.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'

const megabyte = 1 << 20

function publish(batch: PublishBatch, partition: number, values: readonly Buffer[]): void {
  for (const value of values) batch.append('t', partition, recordSpan(null, value), null)
}

test('records of one message that are large together travel in order, each batch within the limit of the topic', async () => {
  const log = openMemoryLog()
  const config = { 'max.message.bytes': String(10 * megabyte) }
  await log.ensureTopics([{ topic: 't', partitions: 2, replication: 1, compacted: false, config }])
  const batch = new PublishBatch()
  publish(batch, 0, [
    Buffer.alloc(100, 'a'),
    Buffer.alloc(8 * megabyte, 'b'),
    Buffer.alloc(8 * megabyte, 'c'),
  ])
  publish(batch, 1, [Buffer.from('d')])
  const writer = await log.writer('w')
  await writer.transaction(async tx => {
    for (const round of publishRounds(batch.batches())) await tx.publish(round)
  })
  await writer.close()
  const seen: string[] = []
  const cursor = new RecordCursor()
  for (const partition of [0, 1])
    await log.readToEnd(
      { topic: 't', partition, offset: 0n },
      fetched => {
        cursor.open(fetched)
        while (cursor.next())
          seen.push(fetched.bytes.toString('latin1', cursor.valueStart, cursor.valueStart + 1))
      },
      new AbortController().signal,
    )
  expect(seen).toEqual(['a', 'b', 'c', 'd'])
  await log.close()
})

test('a batch that is used again and again, for one table after the other, does not keep a large buffer for each', () => {
  const batch = new PublishBatch()
  const before = process.memoryUsage().arrayBuffers
  const value = Buffer.alloc(megabyte)
  for (let table = 0; table < 300; table++) {
    batch.append(`t${table}`, 0, recordSpan(null, value), null)
    expect(batch.batches()).toHaveLength(1)
    batch.reset()
  }
  collectGarbage()
  // It must live until here, with all that it keeps.
  batch.reset()
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * megabyte)
})
