import { expect, test } from 'vitest'
import { BatchBuilder } from '../../../sinks/batch-builder.ts'
import { partitionState } from '../../../sinks/partition-state.ts'

const place = { topic: 't', partition: 0 }

function batchSince(since: bigint) {
  return {
    ...place,
    since,
    baseOffset: 20n,
    nextOffset: 21n,
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    count: 0,
    timestampMs: 0,
  }
}

const atTen = () => partitionState({ ...place, nextOffset: 10n, order: { commit: 0n, index: 0n } })

test('a batch that goes on behind what was taken is refused, and nothing moves', () => {
  const partition = atTen()
  const builder = new BatchBuilder({ get: () => undefined })
  expect(() => builder.add(partition, batchSince(11n))).toThrow(
    expect.objectContaining({ code: 'sink.gap', message: 't/0: events from 10 to 11 were not delivered' }),
  )
  expect(partition.next).toBe(10n)
  expect(builder.isEmpty).toBe(true)
})

test('a batch that goes on where the last one ended, or before, is taken', () => {
  for (const since of [10n, 3n]) {
    const partition = atTen()
    new BatchBuilder({ get: () => undefined }).add(partition, batchSince(since))
    expect(partition.next).toBe(21n)
  }
})
