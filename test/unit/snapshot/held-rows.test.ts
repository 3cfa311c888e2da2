import { expect, test } from 'vitest'
import { BatchPool } from '../../../connectors/snapshot/batch-pool.ts'
import { HeldRows } from '../../../connectors/snapshot/held-rows.ts'
import type { PlacedRecord } from '../../../connectors/snapshot/placed-record.ts'
import { recordSpan } from '../../../kafka/record-span.ts'

function row(partition: number, bytes: number): PlacedRecord {
  const record = recordSpan(Buffer.from('key'), Buffer.alloc(bytes))
  return { partition, appendTo: batch => batch.append(record, null) }
}

const putAside = (partition: number, bytes = 100): PlacedRecord => ({
  partition,
  appendTo(batch) {
    batch.begin(recordSpan(null, null)).all(Buffer.alloc(bytes))
  },
})

test('a row that is put aside leaves neither a record nor an empty batch', () => {
  const rows = new HeldRows('t', new BatchPool(4))
  rows.place(putAside(1))
  expect(rows.batches()).toEqual([])
  rows.place(row(0, 10))
  rows.place(putAside(0))
  rows.place(row(0, 20))
  expect(rows.batches()).toMatchObject([{ partition: 0, count: 2 }])
  expect(rows.count).toBe(2)
  const sizes: number[] = []
  rows.forEach((_, record) => sizes.push(record.valueEnd - record.valueStart))
  expect(sizes).toEqual([10, 20])
})

test('a row that is put aside among large ones leaves no gap between the batches', () => {
  const rows = new HeldRows('t', new BatchPool(4))
  const large = 2 << 20
  for (const record of [row(0, large), putAside(0), row(0, large), row(0, 10)]) rows.place(record)
  expect(rows.batches()).toMatchObject([{ count: 1 }, { count: 1 }, { count: 1 }])
})

test('memory that a row needed which was put aside is not kept for later', () => {
  const pool = new BatchPool(4)
  const rows = new HeldRows('t', pool)
  rows.place(putAside(0, 64 << 20))
  rows.clear()
  expect(pool.take().capacity).toBeLessThan(4 << 20)
})

test('a batch is larger than a megabyte by one record at most', () => {
  const rows = new HeldRows('t', new BatchPool(4))
  const largest = 3 << 20
  for (let i = 0; i < 400; i++) rows.place(row(0, i === 390 ? largest : 10_000))
  const batches = rows.batches()
  expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(400)
  expect(batches.length).toBeGreaterThan(4)
  for (const { bytes } of batches) expect(bytes.length).toBeLessThan((1 << 20) + largest + 100)
  expect(batches.filter(({ bytes }) => bytes.length > 1 << 20)).toHaveLength(1)
})
