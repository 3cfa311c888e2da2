import { createRequire } from 'node:module'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AnswerReader } from '../../../kafka/kafkajs/answer-reader.ts'
import { cleanConnects } from '../../../kafka/kafkajs/clean-connects.ts'
import { kafkajs } from '../../../kafka/kafkajs/internals.ts'

const require = createRequire(import.meta.url)
const Connection = require('kafkajs/src/network/connection')

function withLength(payload: Uint8Array): Buffer {
  const answer = Buffer.alloc(4 + payload.length)
  answer.writeInt32BE(payload.length)
  answer.set(payload, 4)
  return answer
}

/** Receives as a socket does: never more than there is room for. Returns how often an answer came in parts. */
function receive(reader: AnswerReader, bytes: Buffer, pieces: readonly number[]): number {
  let parts = 0
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const room = reader.room()
    const size = Math.min(pieces[piece % pieces.length] ?? 1, room.length, bytes.length - at)
    bytes.copy(room, 0, at, at + size)
    if (size === 0 || !reader.received(size)) throw new Error('no progress')
    at += size
    if (at < bytes.length) parts++
  }
  return parts
}

test('answers come whole and in order, however they are cut on the way', () => {
  let cut = 0
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.uint8Array({ minLength: 70_000, maxLength: 140_000 }),
  )
  const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(65_536)), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 6 }), pieces, (payloads, sizes) => {
      const answers = payloads.map(withLength)
      const found: Buffer[] = []
      const reader = new AnswerReader(answer => found.push(answer))
      cut += receive(
        reader,
        Buffer.concat(answers),
        sizes.length > 1 ? [...sizes, 65_536] : [65_536, ...sizes],
      )
      expect(found.length).toBe(answers.length)
      for (const [index, answer] of answers.entries())
        expect(answer.equals(found[index] ?? Buffer.of())).toBe(true)
    }),
    { numRuns: 50 },
  )
  expect(cut).toBeGreaterThan(100)
})

test.each(['HTTP/1.1 400 Bad Request', '\xff\xff\xff\xff'])('%j is not taken for an answer', text => {
  const reader = new AnswerReader(() => undefined)
  const size = reader.room().write(text, 'latin1')
  expect(reader.received(size)).toBe(false)
})

test('kafkajs hands an answer that came whole to its request without copying it', () => {
  const connection = new Connection({
    host: 'nowhere',
    port: 1,
    logger: kafkajs.createLogger({ level: 0, logCreator: () => () => undefined }),
    socketFactory: () => undefined,
    requestTimeout: 1_000,
    connectionTimeout: 1_000,
  })
  cleanConnects({ pool: [connection] } as never)
  const payloads: Buffer[] = []
  connection.requestQueue.fulfillRequest = ({ payload }: { payload: Buffer }) => payloads.push(payload)
  const answers = [Buffer.alloc(20, 1), Buffer.alloc(30, 2)].map(withLength)
  for (const answer of answers) connection.processData(answer)
  expect(payloads.map(({ length }) => length)).toEqual([16, 26])
  for (const [index, payload] of payloads.entries()) expect(payload.buffer).toBe(answers[index]?.buffer)
})
