import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { MessageSplitter } from '../../databases/postgres/message-splitter.ts'
import { wireMessage } from '../support/wire-message.ts'

const bodyBytes = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 140_000 }) },
)
const chunkBytes = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 30, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 50_000, max: 200_000 }) },
)
const plan = fc.record({
  bodies: fc.array(bodyBytes, { minLength: 1, maxLength: 40 }),
  // Used over and over.
  chunks: fc.array(chunkBytes, { minLength: 1, maxLength: 12 }),
  /** The listener stops at this message, if there are so many. */
  stopsAt: fc.nat({ max: 60 }),
})

test('messages come whole and in order, and what follows the last one is given back', () => {
  fc.assert(
    fc.property(plan, ({ bodies, chunks, stopsAt }) => {
      const sent = bodies.map(message)
      const stream = Buffer.concat(sent)
      const { got, rest, read } = receive(stream, chunks, stopsAt)
      expect(Buffer.compare(Buffer.concat(got), Buffer.concat(sent.slice(0, stopsAt)))).toBe(0)
      const untaken = sent.slice(stopsAt)
      const taken = stream.length - Buffer.concat(untaken).length
      expect(rest === null).toBe(untaken.length === 0)
      expect(Buffer.compare(rest ?? Buffer.alloc(0), stream.subarray(taken, read))).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test('a large message leaves room for what follows it', () => {
  const sent = [2 << 20, 10, 70_000, 2 << 20, 3].map(message)
  const { got, rest } = receive(Buffer.concat(sent), [900_000, 7], sent.length)
  expect(got.map(one => one.length)).toEqual(sent.map(one => one.length))
  expect(Buffer.compare(Buffer.concat(got), Buffer.concat(sent))).toBe(0)
  expect(rest).toBe(null)
})

function receive(stream: Buffer, chunks: readonly number[], stopsAt: number) {
  const splitter = new MessageSplitter()
  const got: Buffer[] = []
  let rest: Buffer | null = null
  let read = 0
  for (let turn = 0; read < stream.length && rest === null; turn++) {
    // A chunk's memory is used again as soon as it was split.
    const chunk = Buffer.from(stream.subarray(read, read + (chunks[turn % chunks.length] ?? 1)))
    read += chunk.length
    rest = splitter.split(chunk, (type, buffer, start, end) => {
      if (got.length === stopsAt) return false
      got.push(wireMessage(type, buffer.subarray(start, end)))
      return true
    })
    chunk.fill(0xa5)
  }
  return { got, rest, read }
}

function message(bytes: number, index: number): Buffer {
  const body = Uint8Array.from({ length: bytes }, (_, at) => at * 31 + index)
  return wireMessage(65 + (index % 26), body)
}
