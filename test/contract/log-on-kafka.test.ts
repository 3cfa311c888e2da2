import { setTimeout as sleep } from 'node:timers/promises'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { kafkaFetchSource } from '../../kafka/kafka-fetch-source.ts'
import { KafkaMembership } from '../../kafka/kafka-membership.ts'
import { KafkaProducerSession } from '../../kafka/kafka-producer-session.ts'
import { Brokers } from '../../kafka/kafkajs/brokers.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { ConsumerOptions, Log } from '../../kafka/log.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { TransactionalWriter } from '../../kafka/transactional-writer.ts'
import { newTopic, publish, readValues, records, uniqueName } from '../support/log-subject.ts'
import { LossySession } from '../support/lossy-session.ts'
import { RecordingHandler } from '../support/recording-handler.ts'
import { consume } from '../support/running-consumer.ts'
import { servers } from '../support/servers.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const WAIT = { timeout: 60_000, interval: 10 }

let log: Log
let plain: Kafka

beforeAll(() => {
  const { brokers } = servers().kafka
  log = openKafkaLog({ brokers, clientId: 'contract' })
  plain = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } })
})
afterAll(() => log.close())

async function openLossy(id: string): Promise<{ writer: TransactionalWriter; session: LossySession }> {
  const kafkaSession = new KafkaProducerSession(
    new Brokers({ brokers: servers().kafka.brokers, clientId: 'lossy' }),
    id,
  )
  await kafkaSession.begin()
  const session = new LossySession(kafkaSession)
  return { writer: new TransactionalWriter(session, 'none'), session }
}

describe('a writer whose', () => {
  test.each([
    ['commit was lost on the way shows nothing', 'end', 'request', []],
    ['commit arrived but was not answered shows everything', 'end', 'answer', ['a']],
    ['records were lost on the way shows nothing', 'publish', 'request', []],
    ['records arrived but were not answered shows nothing', 'publish', 'answer', []],
  ] as const)('%s once it has settled, and goes on', async (_title, call, what, shown) => {
    const topic = await newTopic(log)
    const { writer, session } = await openLossy(uniqueName('w'))
    session.loseNext = { call, what }
    const failing = writer.transaction(tx => tx.publish([records(topic, 0, 'a')]))
    await expect(failing).rejects.toMatchObject({ code: 'kafka.unreachable' })
    session.loseNext = { call: 'recover', what: 'answer' }
    await expect(writer.settle()).rejects.toMatchObject({ code: 'kafka.unreachable' })
    await writer.settle()
    expect((await readValues(log, topic)).values).toEqual(shown)
    await writer.transaction(tx => tx.publish([records(topic, 0, 'b')]))
    expect((await readValues(log, topic)).values).toEqual([...shown, 'b'])
    await writer.close()
  })

  test('place was taken during an outage does not take it back', async () => {
    const topic = await newTopic(log)
    const id = uniqueName('w')
    const { writer: older, session } = await openLossy(id)
    session.loseNext = { call: 'end', what: 'request' }
    await older.transaction(tx => tx.publish([records(topic, 0, 'stale')])).catch(() => undefined)
    const newer = await log.writer(id)
    await expect(older.settle()).rejects.toMatchObject({ code: 'kafka.fenced' })
    await newer.transaction(tx => tx.publish([records(topic, 0, 'right')]))
    expect((await readValues(log, topic)).values).toEqual(['right'])
    await older.close()
    await newer.close()
  })
})

describe('in one process with kafkajs used plainly', () => {
  test('both read what the other wrote, with headers, nulls and gzip', async () => {
    const topic = await newTopic(log)
    const producer = plain.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    const messages = Array.from({ length: 50 }, (_, n) => ({ key: 'k', value: `zip${n}` }))
    await producer.send({ topic, messages, compression: CompressionTypes.GZIP })
    await producer.send({ topic, messages: [{ key: null, value: 'plain', headers: { a: 'b' } }] })
    await producer.disconnect()
    await publish(log, topic, 'ours')
    const expected = [...messages.map(({ value }) => value), 'plain', 'ours']
    expect((await readValues(log, topic)).values).toEqual(expected)
    expect(await consumePlainly(topic, expected.length)).toEqual(expected)
  })

  test.each([
    ['by us', 'producer'],
    ['by the broker', 'lz4'],
  ])('what was compressed with lz4 %s is read as it was, and is smaller', async (_who, type) => {
    const topic = await newTopic(log, 1, { 'compression.type': type })
    const { brokers } = servers().kafka
    const ours = openKafkaLog({
      brokers,
      clientId: 'contract',
      ...(type === 'producer' ? { compression: 'lz4' } : {}),
    })
    const values = Array.from({ length: 500 }, (_, n) => `row ${n} ${'of the same words '.repeat(20)}`)
    await publish(ours, topic, ...values, 'small')
    await publish(ours, topic, 'alone')
    await ours.close()
    expect((await readValues(log, topic)).values).toEqual([...values, 'small', 'alone'])
    const stored = await storedBytes(topic)
    expect(stored).toBeGreaterThan(0)
    expect(stored).toBeLessThan(values.join('').length / 4)
  })

  test('transactions of kafkajs that aborted are invisible here', async () => {
    const topic = await newTopic(log)
    const producer = plain.producer({ transactionalId: uniqueName('plain'), maxInFlightRequests: 1 })
    await producer.connect()
    for (const [value, end] of [
      ['a', 'commit'],
      ['lost', 'abort'],
      ['b', 'commit'],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value }] })
      await transaction[end]()
    }
    await producer.disconnect()
    await vi.waitFor(async () => expect((await readValues(log, topic)).values).toEqual(['a', 'b']), WAIT)
  })
})

async function consumePlainly(topic: string, count: number): Promise<string[]> {
  const consumer = plain.consumer({ groupId: uniqueName('plain'), maxWaitTimeInMs: 100 })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      values.push(message.value?.toString() ?? '')
    },
  })
  await vi.waitFor(() => expect(values).toHaveLength(count), WAIT)
  await consumer.disconnect()
  return values
}

/** As the broker has them. */
async function storedBytes(topic: string): Promise<number> {
  const brokers = new Brokers({ brokers: servers().kafka.brokers, clientId: 'raw' })
  const source = kafkaFetchSource(brokers)
  const [leader = -1] = (await source.leaders([topic], false)).get(topic) ?? []
  const limits = { maxBytes: 1 << 24, maxBytesPerPartition: 1 << 24, maxWaitMs: 100 }
  const { answers } = await source.fetch(leader, [{ topic, partition: 0, offset: 0n }], limits)
  brokers.close()
  return answers[0]?.records.length ?? 0
}

// What waits or is large stands beside each other.
test.concurrent('a record of 64 MB and its neighbours pass through a consumer that fetches 1 MB at a time', async () => {
  const topic = await newTopic(log, 2, { 'max.message.bytes': String(80 << 20) })
  const writer = await log.writer(uniqueName('w'))
  for (const value of ['before', Buffer.alloc(64 << 20, 'x'), 'after']) {
    await writer.transaction(tx => tx.publish([records(topic, 0, value), records(topic, 1, 'other')]))
  }
  const handler = new RecordingHandler()
  const stopping = new AbortController()
  const running = log
    .consumer({ groupId: uniqueName('g'), topics: [topic], maxBytes: 1 << 20 })
    .run(handler, stopping.signal)
  await vi.waitFor(() => expect(handler.values).toHaveLength(6), WAIT)
  const lengths = handler.values.filter(value => value !== 'other').map(value => value.length)
  expect(lengths).toEqual([6, 64 << 20, 5])
  stopping.abort()
  await running
  await writer.close()
})

test.concurrent('a batch that no request can hold is refused before it is sent', async () => {
  const topic = await newTopic(log)
  const huge = { topic, partition: 0, bytes: Buffer.alloc(97 << 20), count: 1 }
  await expect(log.append(huge)).rejects.toMatchObject({ code: 'kafka.record_too_large' })
})

test.concurrent('brokers that do not answer are kafka.unreachable', async () => {
  const away = openKafkaLog({ brokers: ['127.0.0.1:1'], clientId: 'contract' })
  await expect(away.topics('')).rejects.toMatchObject({ code: 'kafka.unreachable' })
  await away.close()
})

test.concurrent('a group is deleted although its members were killed while it was being dealt', async () => {
  const groupId = uniqueName('g')
  const options = { groupId, topics: [await newTopic(log)], maxBytes: 1 << 20 }
  const one = memberOf(options)
  await one.membership.join(one.signal)
  const two = memberOf(options)
  const joining = two.membership.join(two.signal)
  const admin = plain.admin()
  // The second one waits for the first, which would join again.
  await vi.waitFor(async () => {
    const { groups } = await admin.describeGroups([groupId])
    expect(groups[0]?.state).toBe('PreparingRebalance')
  }, WAIT)
  await admin.disconnect()
  one.kill()
  two.kill()
  await joining
  expect(await log.deleteGroups([groupId])).toEqual([groupId])
})

/** A member that shows no sign of life any more once it was killed. */
function memberOf(options: ConsumerOptions) {
  const open = () => new Brokers({ brokers: servers().kafka.brokers, clientId: 'killed' })
  const brokers = open()
  const killing = new AbortController()
  return {
    membership: new KafkaMembership(brokers, open, options),
    signal: killing.signal,
    kill: () => {
      killing.abort()
      brokers.close()
    },
  }
}

test.concurrent('a member takes its leave although the network stands still for a moment', async () => {
  const topic = await newTopic(log)
  const [address = ''] = servers().kafka.brokers
  const { hostname: host, port } = new URL(`kafka://${address}`)
  const proxy = await TcpProxy.open({ host, port: Number(port) })
  const moving = openKafkaLog({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'contract' })
  const { handler, stop, groupId } = consume(moving, [topic])
  await vi.waitFor(() => expect(handler.holding).toHaveLength(1), WAIT)
  const before = proxy.accepted
  proxy.stall()
  const stopped = stop()
  await vi.waitFor(() => expect(proxy.accepted).toBeGreaterThan(before), WAIT)
  await sleep(2_000)
  proxy.release()
  await stopped
  expect(await log.dismissMembers(groupId), 'members that are still waited for').toBe(0)
  await moving.close()
  await proxy.close()
})

test('a small topic is read to its end with one fetch, and nothing is waited for behind it', async () => {
  const topic = await newTopic(log)
  await publish(log, topic, 'a')
  const brokers = new Brokers({ brokers: servers().kafka.brokers, clientId: 'raw' })
  const source = kafkaFetchSource(brokers)
  const fetch = vi.fn<typeof source.fetch>((...asked) => source.fetch(...asked))
  const deliver = vi.fn<() => void>()
  const { signal } = new AbortController()
  const from = { topic, partition: 0, offset: 0n }
  const end = await readToEnd({ ...source, fetch }, from, deliver, signal)
  expect([deliver.mock.calls.length, fetch.mock.calls.length]).toEqual([1, 1])
  await readToEnd({ ...source, fetch }, { ...from, offset: end }, deliver, signal)
  expect([deliver.mock.calls.length, fetch.mock.calls.length]).toEqual([1, 1])
  brokers.close()
})

test('an append is not refused because its topic was made a moment ago, while others are being made', async () => {
  const appended = Array.from({ length: 8 }, async () => {
    const topic = await newTopic(log, 12)
    return log.append(records(topic, 0, 'a'))
  })
  expect(await Promise.all(appended)).toEqual(appended.map(() => 0n))
})

test('a consumer with nothing to do costs next to nothing', async () => {
  const topic = await newTopic(log, 8)
  const handler = new RecordingHandler()
  const stopping = new AbortController()
  const running = log
    .consumer({ groupId: uniqueName('g'), topics: [topic], maxBytes: 1 << 20 })
    .run(handler, stopping.signal)
  await vi.waitFor(() => expect(handler.holding).toHaveLength(8), WAIT)
  const cpuShare = async () => {
    const before = process.cpuUsage()
    await new Promise(resolve => setTimeout(resolve, 2_000))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 2_000_000
  }
  // One that is always busy has no quiet moment; others in this process may be busy for a while.
  await expect.poll(cpuShare).toBeLessThan(0.05)
  stopping.abort()
  await running
})
