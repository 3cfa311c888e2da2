import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { KafkaProducerSession } from '../../kafka/kafka-producer-session.ts'
import { Brokers } from '../../kafka/kafkajs/brokers.ts'
import { transactionState } from '../../kafka/kafkajs/describe-transaction-request.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { Log, LogTransaction } from '../../kafka/log.ts'
import { TransactionalWriter } from '../../kafka/transactional-writer.ts'
import { freePort } from '../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { newTopic, readValues, records, uniqueName } from '../support/log-subject.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const INIT_PRODUCER_ID = 22
/** Writers reach the broker through the proxy. It looks for transactions that are open for too long all the time. */
let server: KafkaServer
let proxy: TcpProxy
let log: Log
let direct: Brokers

beforeAll(async () => {
  const target = { host: '127.0.0.1', port: 0 }
  proxy = await TcpProxy.open(target)
  const plain = await freePort()
  server = await startKafka({
    port: plain,
    heapMb: 256,
    listeners: { PROXIED: 'PLAINTEXT' },
    properties: {
      'advertised.listeners': `PLAIN://127.0.0.1:${plain},PROXIED://127.0.0.1:${proxy.port}`,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
    },
  })
  target.port = Number(server.listeners['PROXIED']?.split(':')[1])
  log = openKafkaLog({ brokers: server.brokers, clientId: 'outages' })
  direct = new Brokers({ brokers: server.brokers, clientId: 'outages' })
})
afterAll(async () => {
  await log.close()
  direct.close()
  await proxy.close()
  await server.stop()
})
afterEach(() => proxy.admit())

/** Its transactions may be open for so long. */
async function openWriter(id: string, timeoutMs = 60_000): Promise<TransactionalWriter> {
  const brokers = new Brokers({ brokers: [`127.0.0.1:${proxy.port}`], clientId: 'outages' })
  const session = new KafkaProducerSession(brokers, id, timeoutMs)
  await session.begin()
  const writer = new TransactionalWriter(session, 'none')
  onTestFinished(() => writer.close())
  return writer
}

async function untilEndedByKafka(id: string): Promise<void> {
  const state = async () => transactionState(await direct.coordinator('transaction', id), id)
  await expect.poll(state).toBe('CompleteAbort')
}

const shortMs = 1_000

test.each([
  [
    'a publish fails during the outage',
    async (tx: LogTransaction, topic: string) => {
      await expect(tx.publish([records(topic, 0, 'lost')])).rejects.toMatchObject({
        code: 'kafka.unreachable',
      })
      proxy.admit()
    },
  ],
  ['nothing is asked of Kafka meanwhile', async () => proxy.admit()],
])('a writer outlives an outage in which Kafka ended its transaction: %s', async (_title, during) => {
  const topic = await newTopic(log)
  const id = uniqueName('w')
  const writer = await openWriter(id, shortMs)
  const failing = writer.transaction(async tx => {
    await tx.publish([records(topic, 0, 'aborted')])
    proxy.refuse()
    await untilEndedByKafka(id)
    await during(tx, topic)
    throw new Error('the work failed')
  })
  await expect(failing).rejects.toThrow('the work failed')
  await writer.settle()
  expect((await readValues(log, topic)).values).toEqual([])
  await writer.transaction(tx => tx.publish([records(topic, 0, 'after')]))
  expect((await readValues(log, topic)).values).toEqual(['after'])
})

test.each([
  ['whose transaction Kafka ended', ['aborted']],
  ['that had nothing open', []],
])('a writer %s does not harm the one that took over during an outage', async (_title, values) => {
  const topic = await newTopic(log)
  const id = uniqueName('w')
  const older = await openWriter(id, shortMs)
  const failing = older.transaction(async tx => {
    for (const value of values) {
      await tx.publish([records(topic, 0, value)])
      proxy.refuse()
      await untilEndedByKafka(id)
    }
    throw new Error('the work failed')
  })
  await expect(failing).rejects.toThrow('the work failed')
  const newer = await log.writer(id)
  proxy.admit()
  await newer.transaction(async tx => {
    await tx.publish([records(topic, 0, 'right')])
    await expect(older.settle()).rejects.toMatchObject({ code: 'kafka.fenced' })
  })
  await newer.close()
  expect((await readValues(log, topic)).values).toEqual(['right'])
})

test('a writer takes the epoch that Kafka gave it during an outage', async () => {
  const id = uniqueName('w')
  const topic = await newTopic(log)
  const writer = await openWriter(id)
  let lossy = true
  void proxy.loseOn(sent => {
    // The request passes, and its answer does not.
    if (lossy && sent.readInt16BE(4) === INIT_PRODUCER_ID) proxy.cutAfter(0)
    return false
  })
  await expect(writer.settle()).rejects.toMatchObject({ code: 'kafka.unreachable' })
  lossy = false
  await writer.settle()
  await writer.transaction(tx => tx.publish([records(topic, 0, 'after')]))
  expect((await readValues(log, topic)).values).toEqual(['after'])
})

test('a topic that is missing is named, although another one is there', async () => {
  const topics = [await newTopic(log), uniqueName('missing')]
  const writer = await openWriter(uniqueName('w'))
  const failing = writer.transaction(tx => tx.publish(topics.map(topic => records(topic, 0, 'value'))))
  const message = expect.stringContaining(topics[1] ?? '')
  await expect(failing).rejects.toMatchObject({ code: 'kafka.topic_missing', message })
})
