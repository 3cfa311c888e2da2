import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { describe, expect, test, vi } from 'vitest'
import { BATCH_HEADER_BYTES, readBatchHeader, sealBatch, writeChecksum } from '../../../kafka/batch-header.ts'
import { committedBatches } from '../../../kafka/committed-batches.ts'
import { openBatch } from '../../../kafka/open-batch.ts'
import { encodeHeaders } from '../../../kafka/record-headers.ts'
import { RecordBatchWriter } from '../../../kafka/record-batch-writer.ts'
import { RecordCursor } from '../../../kafka/record-cursor.ts'
import { recordSpan } from '../../../kafka/record-span.ts'

const require = createRequire(import.meta.url)
const kafkajsProduce: (request: object) => { encode(): Promise<{ buffer: Buffer }> } =
  require('kafkajs/src/protocol/requests/produce/v7/request.js')

const NOW = 1_700_000_000_123
const messages = [
  {
    key: Buffer.from('key'),
    value: Buffer.from('value'),
    headers: { a: Buffer.from('1'), b: Buffer.from('') },
  },
  { key: null, value: Buffer.alloc(300, 'x'), headers: {} },
  { key: Buffer.alloc(200, 'k'), value: null, headers: {} },
  { key: Buffer.alloc(0), value: Buffer.alloc(70_000, 'y'), headers: {} },
]

function ours(): RecordBatchWriter {
  const writer = new RecordBatchWriter(16)
  for (const { key, value, headers } of messages) {
    const entries = Object.entries(headers)
    writer.append(recordSpan(key, value), entries.length === 0 ? null : encodeHeaders(entries))
  }
  return writer
}

/** The record batch inside kafkajs's produce request for one partition of the topic `t`. */
async function theirs(transactionalId: string | undefined, count: number): Promise<Buffer> {
  const partition = { partition: 0, firstSequence: 5, messages: messages.slice(0, count) }
  vi.useFakeTimers({ now: NOW })
  const request = kafkajsProduce({
    acks: -1,
    timeout: 1,
    ...(transactionalId === undefined
      ? {}
      : { transactionalId, producerId: { value: 77n }, producerEpoch: 3 }),
    topicData: [{ topic: 't', partitions: [partition] }],
  })
  const { buffer } = await request.encode()
  vi.useRealTimers()
  const idBytes = transactionalId === undefined ? 0 : Buffer.byteLength(transactionalId)
  return buffer.subarray(2 + idBytes + 2 + 4 + 4 + 2 + 1 + 4 + 4 + 4)
}

describe('a record batch', () => {
  test("is byte for byte what kafkajs's own encoder makes, in a transaction", async () => {
    const records = ours().encoded('t', 0)
    const producer = { producerId: 77n, epoch: 3, firstSequence: 5, transactional: true }
    const batch = Buffer.concat([sealBatch(records, producer, NOW), records.bytes])
    expect(batch.equals(await theirs('tx', messages.length))).toBe(true)
  })

  test("is byte for byte what kafkajs's own encoder makes, outside of transactions", async () => {
    const records = ours().encoded('t', 0)
    const producer = { producerId: -1n, epoch: 0, firstSequence: 5, transactional: false }
    const batch = Buffer.concat([sealBatch(records, producer, NOW), records.bytes])
    expect(batch.equals(await theirs(undefined, messages.length))).toBe(true)
  })

  test('gives back its records, nulls and headers', () => {
    const cursor = openCursor(fetched(Buffer.concat(sealed(ours()))))
    const found = []
    while (cursor.next()) {
      found.push({ key: slice(cursor, 'key'), value: slice(cursor, 'value'), headers: cursor.headers() })
    }
    expect(found).toEqual(
      messages.map(({ key, value, headers }) => ({ key, value, headers: Object.entries(headers) })),
    )
  })

  test('compressed with gzip is read as if it were not', () => {
    const [header, records] = sealed(ours())
    const zipped = gzipSync(records)
    header.writeInt16BE(1, 21)
    header.writeInt32BE(BATCH_HEADER_BYTES - 12 + zipped.length, 8)
    writeChecksum(header, zipped)
    const cursor = openCursor(fetched(Buffer.concat([header, zipped])))
    let count = 0
    while (cursor.next()) count++
    expect(count).toBe(messages.length)
  })

  test.each([
    [2, 'snappy'],
    [4, 'zstd'],
  ])('compressed with codec %i is refused by name and place', (codec, name) => {
    const [header, records] = sealed(ours())
    header.writeInt16BE(codec, 21)
    writeChecksum(header, records)
    expect(() => fetched(Buffer.concat([header, records]))).toThrow(
      expect.objectContaining({
        code: 'kafka.compression_unsupported',
        message: expect.stringMatching(new RegExp(`t/0@0.*${name}`)),
      }),
    )
  })

  test('of which a bit has changed is refused by its place, wherever the bit lies', () => {
    const whole = Buffer.concat(sealed(ours()))
    // Offset, length and epoch are the broker's; before them nothing is sealed.
    for (let at = 17; at < whole.length; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 4
      expect(() => fetched(damaged)).toThrow(
        expect.objectContaining({
          code: 'kafka.corrupt_batch',
          message: 'The batch at t/0@0 does not fit its checksum',
        }),
      )
    }
  })

  test('that says to be shorter than any is refused, and does not keep the reader for ever', () => {
    const damaged = Buffer.concat(sealed(ours()))
    damaged.writeInt32BE(-12, 8)
    expect(() => fetched(damaged)).toThrow(expect.objectContaining({ code: 'kafka.corrupt_batch' }))
  })

  test('that was sealed damaged is refused and not walked beyond its end', () => {
    const [header, records] = sealed(ours())
    records[0] = 0xff
    records[1] = 0x7f
    writeChecksum(header, records)
    const cursor = openCursor(fetched(Buffer.concat([header, records])))
    expect(() => {
      while (cursor.next());
    }).toThrow(expect.objectContaining({ code: 'kafka.corrupt_batch' }))
  })

  test('that was cut off at the end of a fetch is left for the next one', () => {
    const bytes = Buffer.concat(sealed(ours()))
    for (const length of [0, 5, 30, 61, bytes.length - 1]) {
      expect(readBatchHeader(bytes.subarray(0, length), 0)).toBeNull()
    }
  })

  test('wanted from its middle leaves out the records before', () => {
    const answer = { topic: 't', partition: 0, fetchOffset: 2n, aborted: [] }
    const { batches } = committedBatches({ ...answer, records: Buffer.concat(sealed(ours())) })
    const cursor = new RecordCursor()
    const offsets = []
    for (const batch of batches) {
      cursor.open(openBatch(batch))
      while (cursor.next()) offsets.push(cursor.offset)
    }
    expect(offsets).toEqual([2n, 3n])
    expect(batches.map(batch => batch.nextOffset)).toEqual([4n])
  })

  test('of one large record keeps its length', () => {
    const writer = new RecordBatchWriter()
    writer.append(recordSpan(Buffer.from('k'), Buffer.alloc(70 << 20, 'z')), null)
    const cursor = openCursor(fetched(Buffer.concat(sealed(writer))))
    expect(cursor.next()).toBe(true)
    expect(cursor.valueEnd - cursor.valueStart).toBe(70 << 20)
    expect(cursor.next()).toBe(false)
  })
})

function sealed(writer: RecordBatchWriter): [Buffer, Buffer] {
  const records = writer.encoded('t', 0)
  const producer = { producerId: 1n, epoch: 0, firstSequence: 0, transactional: false }
  return [sealBatch(records, producer, NOW), records.bytes]
}

function fetched(records: Buffer) {
  const answer = { topic: 't', partition: 0, fetchOffset: 0n, aborted: [], records }
  return committedBatches(answer).batches.map(openBatch)
}

function openCursor(batches: ReturnType<typeof fetched>): RecordCursor {
  const [batch] = batches
  if (batch === undefined) throw new Error('no batch')
  const cursor = new RecordCursor()
  cursor.open(batch)
  return cursor
}

function slice(cursor: RecordCursor, part: 'key' | 'value'): Buffer | null {
  const start = part === 'key' ? cursor.keyStart : cursor.valueStart
  const end = part === 'key' ? cursor.keyEnd : cursor.valueEnd
  return start < 0 ? null : Buffer.from(cursor.bytes.subarray(start, end))
}
