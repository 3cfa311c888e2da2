import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteQueue } from '../../databases/postgres/byte-queue.ts'
import { wireMessage } from '../support/wire-message.ts'

const body = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4_000, max: 200_000 }) },
)
const chunkSize = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.constantFrom(4_096, 4_097),
  fc.integer({ min: 5_000, max: 70_000 }),
)
const plan = fc.record({
  bodies: fc.array(body, { minLength: 1, maxLength: 200 }),
  // Used over and over; after each chunk as many messages are taken at most.
  chunks: fc.array(fc.record({ size: chunkSize, takes: fc.nat({ max: 5 }) }), {
    minLength: 1,
    maxLength: 20,
  }),
})

test('messages come whole and in order, in whatever pieces they arrive', () => {
  fc.assert(
    fc.property(plan, ({ bodies, chunks }) => {
      const sent = bodies.map(message)
      const stream = Buffer.concat(sent)
      const queue = new ByteQueue()
      const got: Buffer[] = []
      const take = (most: number) => {
        for (let n = 0; n < most && queue.take() !== 0; n++)
          got.push(Buffer.from(queue.buffer.subarray(queue.start - 5, queue.end)))
      }
      for (let at = 0, n = 0; at < stream.length; n++) {
        const { size, takes } = chunks[n % chunks.length] ?? { size: 1, takes: 1 }
        queue.push(Buffer.from(stream.subarray(at, at + size)))
        at += size
        take(takes)
      }
      expect(queue.bytes).toBe(stream.length - got.reduce((sum, one) => sum + one.length, 0))
      take(Infinity)
      expect(got.map(one => one.length)).toEqual(sent.map(one => one.length))
      expect(Buffer.concat(got).equals(stream)).toBe(true)
      expect(queue.bytes).toBe(0)
    }),
  )
})

// More than a chunk that is copied on arrival, of which the last message goes on in the next chunk.
const chunkOfMessages = fc.record({
  bodies: fc.array(fc.integer({ min: 200, max: 400 }), { minLength: 25, maxLength: 40 }),
  cutAt: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 204 })),
})

test('only messages that lie across two chunks are copied, and nothing of what lies behind them', () => {
  const met = { cutHeaders: 0, cutBodies: 0 }
  fc.assert(
    fc.property(fc.array(chunkOfMessages, { minLength: 2, maxLength: 5 }), plans => {
      const queue = new ByteQueue()
      const found: string[] = []
      const expected: string[] = []
      let begun: Buffer = Buffer.alloc(0)
      for (const { bodies, cutAt } of plans) {
        const sent = Buffer.concat([begun, ...bodies.map(message)])
        const chunk = sent.subarray(0, sent.length - (bodies.at(-1) ?? 0) - 5 + cutAt)
        queue.push(chunk)
        expected.push(
          ...(begun.length > 0 ? ['alone'] : []),
          ...bodies.slice(0, -1).map(() => 'in the chunk'),
        )
        while (queue.take() !== 0) found.push(placeOf(queue, chunk))
        begun = sent.subarray(chunk.length)
        met[cutAt < 5 ? 'cutHeaders' : 'cutBodies']++
      }
      expect(found).toEqual(expected)
    }),
  )
  expect(met.cutHeaders).toBeGreaterThan(0)
  expect(met.cutBodies).toBeGreaterThan(0)
})

function placeOf({ buffer, start, end }: ByteQueue, chunk: Buffer): string {
  const from = buffer.byteOffset - chunk.byteOffset
  const isInside = buffer.buffer === chunk.buffer && from >= 0 && from + buffer.length <= chunk.length
  if (isInside) return 'in the chunk'
  return start === 5 && end === buffer.length ? 'alone' : 'copied with others'
}

function message(bodyBytes: number, nth: number): Buffer {
  return wireMessage(0x64, Buffer.alloc(bodyBytes, nth % 251))
}
