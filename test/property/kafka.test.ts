import * as fc from 'fast-check'
import { Partitioners } from 'kafkajs'
import { expect, test } from 'vitest'
import { sealBatch } from '../../kafka/batch-header.ts'
import { committedBatches } from '../../kafka/committed-batches.ts'
import { murmur2, partitionFor } from '../../kafka/murmur2.ts'
import { openBatch } from '../../kafka/open-batch.ts'
import { encodeHeaders } from '../../kafka/record-headers.ts'
import type { RecordHeader } from '../../kafka/record-headers.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { varintSize, writeVarint } from '../../kafka/varint.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map(array => Buffer.from(array))
const nullable = (maxLength: number) => fc.option(bytes(maxLength), { nil: null })
const header: fc.Arbitrary<RecordHeader> = fc.tuple(fc.string(), nullable(20))
const record = fc.record({
  key: nullable(200),
  value: nullable(400),
  headers: fc.array(header, { maxLength: 3 }),
})

test('records come back from a batch as they went in', () => {
  let withNulls = 0
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), records => {
      if (records.some(({ key, value }) => key === null || value === null)) withNulls++
      expect(decode(encode(records))).toEqual(records)
    }),
  )
  expect(withNulls).toBeGreaterThan(0)
})

test('a record whose value is written in its place is the same as one that is appended', () => {
  // On both sides of the sizes from which on a length takes one byte more.
  const size = fc.constantFrom(10, 63, 64, 300, 8120, 8191, 8192, 20_000, 1_048_500, 1_048_576, 1_100_000)
  const sized = fc.record({
    key: nullable(80),
    size,
    headers: fc.array(header, { maxLength: 2 }),
    forgotten: size,
  })
  const widths = new Set<string>()
  fc.assert(
    fc.property(fc.array(sized, { minLength: 20, maxLength: 40 }), records => {
      const appended = new RecordBatchWriter(8)
      const inPlace = new RecordBatchWriter(8)
      let before = 0
      for (const { key, size: valueBytes, headers, forgotten } of records) {
        const value = Buffer.alloc(valueBytes, `${valueBytes} bytes`)
        const section = headers.length === 0 ? null : encodeHeaders(headers)
        const span = recordSpan(key, value)
        appended.append(span, section)
        inPlace.begin(span).all(Buffer.alloc(forgotten, 'x'))
        inPlace.begin(span).all(value)
        inPlace.end(section)
        widths.add(`${varintSize(before)} ${varintSize(valueBytes)}`)
        before = valueBytes
      }
      const [one, other] = [appended.encoded('t', 0), inPlace.encoded('t', 0)]
      expect(other.count).toBe(one.count)
      expect(Buffer.compare(other.bytes, one.bytes)).toBe(0)
    }),
    { numRuns: 20 },
  )
  expect(widths.size).toBe(16)
})

test("keys go to the partition that kafkajs's default partitioner gives them", () => {
  const partitioner = Partitioners.DefaultPartitioner()
  const reached = new Set<number>()
  fc.assert(
    fc.property(bytes(40), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
        partitionId,
        leader: 0,
        partitionErrorCode: 0,
        replicas: [0],
        isr: [0],
      }))
      const theirs = partitioner({ topic: 't', partitionMetadata, message: { key, value: null } })
      const padded = Buffer.concat([Buffer.from('before'), key, Buffer.from('after')])
      expect(partitionFor(padded, 6, 6 + key.length, partitions)).toBe(theirs)
      reached.add(key.length % 4)
    }),
  )
  expect(reached.size).toBe(4)
})

// From the tests of Kafka's Java client.
test.each([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])('the hash of %s is %i', (text, hash) => {
  expect(murmur2(Buffer.from(text), 0, text.length)).toBe(hash)
})

test('a varint takes the bytes that were announced', () => {
  const target = Buffer.alloc(5)
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 2 ** 30 - 1 }), value => {
      expect(writeVarint(target, 0, value)).toBe(varintSize(value))
    }),
  )
})

interface PlainRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

function encode(records: readonly PlainRecord[]): Buffer {
  const writer = new RecordBatchWriter(8)
  for (const { key, value, headers } of records) {
    writer.append(recordSpan(key, value), headers.length === 0 ? null : encodeHeaders(headers))
  }
  const encoded = writer.encoded('t', 0)
  const producer = { producerId: 1n, epoch: 0, firstSequence: 0, transactional: false }
  return Buffer.concat([sealBatch(encoded, producer, 1), encoded.bytes])
}

function decode(batch: Buffer): PlainRecord[] {
  const answer = { topic: 't', partition: 0, fetchOffset: 0n, aborted: [] }
  const cursor = new RecordCursor()
  const records: PlainRecord[] = []
  for (const found of committedBatches({ ...answer, records: batch }).batches) {
    cursor.open(openBatch(found))
    while (cursor.next()) {
      records.push({
        key: slice(cursor.bytes, cursor.keyStart, cursor.keyEnd),
        value: slice(cursor.bytes, cursor.valueStart, cursor.valueEnd),
        headers: cursor.headers(),
      })
    }
  }
  return records
}

function slice(from: Buffer, start: number, end: number): Buffer | null {
  return start < 0 ? null : Buffer.from(from.subarray(start, end))
}
