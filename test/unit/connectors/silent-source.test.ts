import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { objectNames } from '../../../connectors/postgres/object-names.ts'
import { openStream } from '../../../connectors/postgres/stream/open-stream.ts'
import { positionAt } from '../../../connectors/resume-point.ts'
import type { ChangeStream } from '../../../connectors/source.ts'
import { serverMessage } from '../../../databases/postgres/server-message.ts'
import { beginOf, foreignMessage, keepalive, walData } from '../../support/log-message.ts'
import { ReplicationServer } from '../../support/replication-server.ts'
import { wireMessage } from '../../support/wire-message.ts'

const patienceMs = 61_000
const start = { after: 1n, committedAtUs: null, previousCommit: null, partly: null }
const fallenSilent = expect.objectContaining({
  code: 'postgres.unreachable',
  message: 'the source has fallen silent',
})

// The stream counts its ticks; the sockets are real.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

async function followed() {
  const server = await ReplicationServer.open()
  const source = { connection: server.connection, names: objectNames('m') }
  const stream = await openStream(source, positionAt('l', start), [], new AbortController().signal)
  onTestFinished(() => stream.close())
  return { server, stream }
}

const sent = (frame: Buffer) => wireMessage(serverMessage.copyData, frame)
const begin = sent(walData(7n, beginOf(7n, 1)))

const polled = <T>(look: () => T) => expect.poll(look, { timeout: 60_000, interval: 5 })

async function queued(stream: ChangeStream, bytes: number): Promise<void> {
  await polled(() => stream.queuedBytes).toBe(bytes)
}

test('a source that dies in the middle of a message is given up', async () => {
  const { server, stream } = await followed()
  server.send(begin.subarray(0, 20))
  await queued(stream, 20)
  expect(stream.next()).toBe(null)
  vi.advanceTimersByTime(patienceMs - 2_000)
  expect(stream.next()).toBe(null)
  vi.advanceTimersByTime(3_000)
  expect(() => stream.next()).toThrow(fallenSilent)
  await polled(() => server.isLeft).toBe(true)
})

test('a source that sends nothing at all is asked for an answer, then given up', async () => {
  const { server, stream } = await followed()
  expect(stream.next()).toBe(null)
  vi.advanceTimersByTime(30_000)
  await polled(() => server.requests).toBeGreaterThan(0)
  vi.advanceTimersByTime(patienceMs)
  expect(() => stream.next()).toThrow(fallenSilent)
})

test('a source that falls silent once its last message was taken is given up', async () => {
  const { server, stream } = await followed()
  server.send(begin)
  await queued(stream, begin.length)
  expect(stream.next()).toMatchObject({ kind: 'begin', transactionId: 1 })
  vi.advanceTimersByTime(patienceMs + 1_000)
  expect(() => stream.next()).toThrow(fallenSilent)
})

test('a source with nothing to tell that answers is kept', async () => {
  const { server, stream } = await followed()
  for (let round = 0; round < 5; round++) {
    vi.advanceTimersByTime(40_000)
    server.send(sent(keepalive()))
    await polled(() => stream.queuedBytes).toBeGreaterThan(0)
    expect(stream.next()).toBe(null)
  }
  server.send(begin)
  await queued(stream, begin.length)
  expect(stream.next()).toMatchObject({ kind: 'begin', transactionId: 1 })
})

test('a message that comes piece by piece is waited for', async () => {
  const { server, stream } = await followed()
  for (let at = 0; at < 40; at += 10) {
    server.send(begin.subarray(at, at + 10))
    await queued(stream, at + 10)
    expect(stream.next()).toBe(null)
    vi.advanceTimersByTime(50_000)
  }
  server.send(begin.subarray(40))
  await queued(stream, begin.length)
  expect(stream.next()).toMatchObject({ kind: 'begin', transactionId: 1 })
})

test('a source that waits because nobody takes what it sends is not silent', async () => {
  const { server, stream } = await followed()
  expect(stream.next()).toBe(null)
  const large = sent(walData(6n, foreignMessage(40 << 20)))
  server.send(large)
  server.send(begin)
  await polled(() => stream.queuedBytes).toBeGreaterThan(16 << 20)
  vi.advanceTimersByTime(3 * patienceMs)
  expect(stream.queuedBytes).toBeLessThan(large.length)
  let message = stream.next()
  for (; message === null; message = stream.next()) await stream.more(1_000)
  expect(message).toMatchObject({ kind: 'begin', transactionId: 1 })
})
