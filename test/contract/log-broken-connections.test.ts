import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { untilAborted } from '../../core/until-aborted.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { freePort } from '../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { newTopic, readValues, records, uniqueName } from '../support/log-subject.ts'
import { seeded } from '../support/migration/seeded.ts'
import { RecordingHandler } from '../support/recording-handler.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

let server: KafkaServer
let proxy: TcpProxy

beforeAll(async () => {
  const target = { host: '127.0.0.1', port: 0 }
  proxy = await TcpProxy.open(target)
  const plain = await freePort()
  server = await startKafka({
    port: plain,
    listeners: { PROXIED: 'PLAINTEXT' },
    properties: { 'advertised.listeners': `PLAIN://127.0.0.1:${plain},PROXIED://127.0.0.1:${proxy.port}` },
  })
  target.port = Number(server.listeners['PROXIED']?.split(':')[1])
})
afterAll(async () => {
  await proxy.close()
  await server.stop()
})

test('connections that break in the middle of an answer lose and double nothing', async () => {
  const log = openKafkaLog({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'broken' })
  const topic = await newTopic(log)
  const writer = await log.writer(topic)
  const random = seeded(1)
  const sent: string[] = []
  for (let round = 0; round < 60; round++) {
    const value = `value ${round} ${'x'.repeat(200)}`
    proxy.cutAfter(Math.floor(random() ** 2 * 400))
    await writer.transaction(tx => tx.publish([records(topic, 0, value)]))
    sent.push(value)
    proxy.cutAfter(Math.floor(random() ** 2 * 4_000))
    expect((await readValues(log, topic)).values).toEqual(sent)
  }
  await writer.close()
  await log.close()
})

test('batches that wait for a slow reader are delivered although the connection breaks meanwhile', async () => {
  const log = openKafkaLog({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'slow' })
  const topic = await newTopic(log)
  const writer = await log.writer(topic)
  const sent = Array.from({ length: 8 }, (_, n) => `value ${n}`)
  for (const value of sent) await writer.transaction(tx => tx.publish([records(topic, 0, value)]))
  await writer.close()
  const handler = new RecordingHandler()
  const held = new AbortController()
  handler.onBatch = () => untilAborted(held.signal)
  const stopping = new AbortController()
  const running = log
    .consumer({ groupId: uniqueName('g'), topics: [topic], maxBytes: 1 << 20 })
    .run(handler, stopping.signal)
  await vi.waitFor(() => expect(handler.values).toHaveLength(1), { timeout: 60_000, interval: 10 })
  const before = proxy.accepted
  proxy.cut()
  // The reader has noticed, and fetches anew.
  await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(before), { timeout: 60_000, interval: 10 })
  held.abort()
  await vi.waitFor(() => expect(handler.values).toEqual(sent), { timeout: 60_000, interval: 10 })
  const { batches } = handler
  expect(batches.slice(1).map(({ since }) => since)).toEqual(
    batches.slice(0, -1).map(({ nextOffset }) => nextOffset),
  )
  stopping.abort()
  await running
  await log.close()
})

test('a broker that has frozen is left for another one', async () => {
  const silent = openKafkaLog({
    brokers: [`127.0.0.1:${proxy.port}`, ...server.brokers],
    clientId: 'frozen',
  })
  const topic = await newTopic(silent)
  // What takes half a minute passes with the client's clock; the time that it has for retries is another.
  vi.useFakeTimers({ toFake: ['Date'] })
  const clock = setInterval(() => vi.setSystemTime(Date.now() + 31_000), 1_000)
  try {
    proxy.stall()
    expect(await silent.topics(topic)).toEqual([topic])
  } finally {
    clearInterval(clock)
    vi.useRealTimers()
    proxy.release()
    await silent.close()
  }
})

test('who asks a broker that does not answer at the same time waits for the same connection', async () => {
  proxy.stall()
  const log = openKafkaLog({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'together' })
  const before = proxy.accepted
  const asking = Array.from({ length: 12 }, () => log.topics('x'))
  await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(before), { timeout: 60_000 })
  await new Promise(resolve => setTimeout(resolve, 500))
  expect(proxy.accepted - before).toBe(1)
  proxy.release()
  expect(await Promise.all(asking)).toEqual(asking.map(() => []))
  await log.close()
})
