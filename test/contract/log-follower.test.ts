import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { FetchSource } from '../../kafka/fetch-source.ts'
import { kafkaErrorType } from '../../kafka/kafka-error.ts'
import { kafkaFetchSource } from '../../kafka/kafka-fetch-source.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { Brokers } from '../../kafka/kafkajs/brokers.ts'
import { readToEnd } from '../../kafka/read-to-end.ts'
import { freePort } from '../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { records, uniqueName } from '../support/log-subject.ts'

const limits = { maxBytes: 1 << 20, maxBytesPerPartition: 1 << 20, maxWaitMs: 100 }

let nodes: readonly KafkaServer[]

beforeAll(async () => {
  const clusterId = randomUUID()
  const controllers = [await freePort(), await freePort()]
  // However slow the machine is, no leader moves by itself.
  const properties = { 'broker.session.timeout.ms': 60_000 }
  const start = (node: number) =>
    startKafka({ heapMb: 256, place: { clusterId, node, controllers }, properties })
  nodes = await Promise.all([1, 2].map(start))
})
afterAll(async () => void (await Promise.all(nodes.map(node => node.stop()))))

const optionsOf = () => ({ brokers: nodes.flatMap(({ brokers }) => brokers), clientId: 'follower' })

/** A topic with a record that both nodes have. */
async function newCopiedTopic(): Promise<string> {
  const log = openKafkaLog(optionsOf())
  onTestFinished(() => log.close())
  const topic = uniqueName('copied')
  const config = { 'min.insync.replicas': '2' }
  await log.ensureTopics([{ topic, partitions: 1, replication: 2, compacted: false, config }])
  const writer = await log.writer(topic)
  await writer.transaction(tx => tx.publish([records(topic, 0, 'a')]))
  await writer.close()
  return topic
}

/** Leaders are not what they were thought to be, until they are asked for again. */
function withOldLeaders(source: FetchSource): FetchSource {
  return {
    ...source,
    async leaders(topics, fresh) {
      const found = await source.leaders(topics, fresh)
      if (fresh) return found
      return new Map([...found].map(([topic, leaders]) => [topic, leaders.map(leader => 3 - leader)]))
    },
  }
}

async function openSource(): Promise<FetchSource> {
  const brokers = new Brokers(optionsOf())
  const source = kafkaFetchSource(brokers)
  onTestFinished(() => {
    source.close()
  })
  await brokers.metadata([])
  return withOldLeaders(source)
}

test('a node that only follows gives nothing, and the leader is found', async () => {
  const topic = await newCopiedTopic()
  const source = await openSource()
  const follower = (await source.leaders([topic], false)).get(topic)?.[0] ?? 0
  const from = { topic, partition: 0, offset: 0n }
  const { answers, failures } = await source.fetch(follower, [from], limits)
  expect(answers).toEqual([])
  expect(failures.map(({ error }) => kafkaErrorType(error))).toEqual(['NOT_LEADER_FOR_PARTITION'])
  const fetched = vi.spyOn(source, 'fetch')
  let batches = 0
  await readToEnd(source, from, () => void batches++, AbortSignal.timeout(60_000))
  expect(fetched.mock.calls.map(([node]) => node)).toEqual([follower, 3 - follower])
  expect(batches).toBe(1)
})
