import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { appendRecords } from '../../kafka/append-records.ts'
import { ensureTopics } from '../../kafka/ensure-topics.ts'
import { Brokers } from '../../kafka/kafkajs/brokers.ts'
import type { TopicSpec } from '../../kafka/log.ts'
import { partitionRanges } from '../../kafka/partition-ranges.ts'
import { patiently } from '../../kafka/patience.ts'
import { topicRequest } from '../../kafka/topic-request.ts'
import { freePort } from '../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { records, uniqueName } from '../support/log-subject.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const WAIT = { timeout: 60_000, interval: 10 }
/** The prompt one is the controller as well. The late one hears from it through the proxy. */
const [prompt, late] = [1, 2]
/** Longer than a topic that is missing is borne with. */
const lateMs = 4_000
const { signal } = new AbortController()

const nodes: KafkaServer[] = []
let proxy: TcpProxy
let brokers: Brokers

beforeAll(async () => {
  const [controller, port] = [await freePort(), await freePort()]
  proxy = await TcpProxy.open({ host: '127.0.0.1', port: controller })
  const place = { clusterId: randomUUID(), controllers: [controller] }
  const alike = { heapMb: 256, properties: { 'broker.session.timeout.ms': 60_000 } }
  const first = await startKafka({ ...alike, place: { ...place, node: prompt } })
  nodes.push(first)
  const follower = {
    'process.roles': 'broker',
    listeners: `PLAIN://127.0.0.1:${port}`,
    'controller.quorum.voters': `${prompt}@127.0.0.1:${proxy.port}`,
    // It stays with a connection on which nothing comes.
    'controller.quorum.request.timeout.ms': 60_000,
    'controller.quorum.fetch.timeout.ms': 60_000,
  }
  nodes.push(await startKafka({ ...alike, port, place: { ...place, node: late }, properties: follower }))
  brokers = new Brokers({ brokers: first.brokers, clientId: 'contract' })
  await askThePrompt()
})
afterAll(async () => {
  brokers.close()
  await Promise.all(nodes.map(node => node.stop()))
  await proxy.close()
})

async function askThePrompt(): Promise<void> {
  await vi.waitFor(async () => {
    const known = (await brokers.metadata([])).brokers
    expect(known.map(({ nodeId }) => nodeId)).toEqual([prompt, late])
  }, WAIT)
  // The first one that is connected is asked who leads.
  expect(await brokers.node(prompt)).toBe(await brokers.any())
  // Kafka names any broker, and the late one could not pass on what it is asked to create.
  vi.spyOn(brokers, 'controller').mockImplementation(() => brokers.node(prompt))
}

const newSpec = (): TopicSpec => ({
  topic: uniqueName('late'),
  partitions: 4,
  replication: 1,
  compacted: false,
  config: {},
})

/** For a while the late node hears nothing of what happens. */
async function beLate(): Promise<void> {
  proxy.hold()
  // What it has asked for is still answered, after half a second at the latest.
  await sleep(1_000)
  const end = setTimeout(() => proxy.release(), lateMs)
  onTestFinished(() => {
    clearTimeout(end)
    proxy.release()
  })
}

test('topics are not ensured before each leader has made its partitions', async () => {
  const spec = newSpec()
  await beLate()
  await ensureTopics(brokers, [spec], signal)
  const looking = () => partitionRanges(brokers, [spec.topic], true)
  expect(await patiently('Looking at topics', looking, signal)).toHaveLength(spec.partitions)
})

test('an append waits for a leader that has not made its partition yet', async () => {
  const spec = newSpec()
  await beLate()
  await (await brokers.controller()).createTopics({ topics: [topicRequest(spec)], timeout: 30_000 })
  const leaders = (await brokers.leaders([spec.topic], true)).get(spec.topic) ?? []
  const partition = leaders.indexOf(late)
  expect(partition).toBeGreaterThanOrEqual(0)
  expect(await appendRecords(brokers, records(spec.topic, partition, 'a'))).toBe(0n)
})
