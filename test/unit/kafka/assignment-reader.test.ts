import { setImmediate as turnOfTheLoop, setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AssignmentReader } from '../../../kafka/assignment-reader.ts'
import type { FetchSource } from '../../../kafka/fetch-source.ts'
import { kafkajs } from '../../../kafka/kafkajs/internals.ts'
import type { FetchedBatch } from '../../../kafka/log.ts'
import { MemoryCluster } from '../../../kafka/memory/memory-cluster.ts'
import { memoryFetchSource } from '../../../kafka/memory/memory-fetch-source.ts'
import { openMemoryLog } from '../../../kafka/memory-log.ts'
import { PartitionPositions } from '../../../kafka/partition-positions.ts'
import { records } from '../../support/log-subject.ts'
import { deferred } from '../../support/running-consumer.ts'

const topic = 't'
const NOBODY = -1
const NOT_LEADER = 6
const UNKNOWN_TOPIC = 3
const WAIT = { timeout: 30_000, interval: 5 }

/** A cluster of two brokers in memory: `leaders` says who leads each partition, and `refusing` who answers with an error. */
class TwoBrokers implements FetchSource {
  leading: readonly number[] = [1, 2]
  /** Who was asked for which partition. */
  readonly asked = new Set<string>()
  /** The error that a broker gives for all that it is asked for. */
  readonly refusing = new Map<number, number>()
  readonly #inner: FetchSource
  constructor(inner: FetchSource) {
    this.#inner = inner
  }

  async leaders(topics: readonly string[]) {
    await turnOfTheLoop()
    return new Map(topics.map(name => [name, this.leading]))
  }

  ranges: FetchSource['ranges'] = (topics, fresh) => this.#inner.ranges(topics, fresh)

  fetch: FetchSource['fetch'] = async (nodeId, wanted, limits) => {
    for (const { partition } of wanted) this.asked.add(`${nodeId} for ${partition}`)
    if (nodeId === NOBODY) throw kafkajs.errorFromCode(NOT_LEADER)
    // An answer takes as long as the network.
    await turnOfTheLoop()
    const refused = wanted.filter(({ partition }) => this.leading[partition] !== nodeId)
    const code = this.refusing.get(nodeId) ?? (refused.length === 0 ? null : NOT_LEADER)
    if (code === null) return this.#inner.fetch(nodeId, wanted, limits)
    return { answers: [], failures: wanted.map(from => ({ ...from, error: kafkajs.errorFromCode(code) })) }
  }

  close(): void {
    this.#inner.close()
  }
}

/** Reads both partitions of a topic, each from its beginning. `taking` is how long a batch takes. */
async function readingBoth(
  prepare: (brokers: TwoBrokers) => void,
  taking: () => Promise<void> = async () => undefined,
) {
  const cluster = new MemoryCluster()
  const log = openMemoryLog(cluster)
  await log.ensureTopics([{ topic, partitions: 2, replication: 1, compacted: false, config: {} }])
  const brokers = new TwoBrokers(memoryFetchSource(cluster))
  prepare(brokers)
  const positions = new PartitionPositions()
  positions.start([0, 1].map(partition => ({ topic, partition, offset: 0n })))
  const batches: FetchedBatch[] = []
  const deliver = async (batch: FetchedBatch) => {
    await taking()
    batches.push(batch)
  }
  const reader = new AssignmentReader(brokers, positions, deliver, 1 << 20)
  const stopping = new AbortController()
  const running = reader.run(stopping.signal)
  running.catch(() => undefined)
  onTestFinished(async () => {
    stopping.abort()
    await running.catch(() => undefined)
    brokers.close()
    await log.close()
  })
  const append = (partition: number) => log.append(records(topic, partition, 'value'))
  const appended = (partition: number) => cluster.partition({ topic, partition }).end - 1n
  const read = (partition: number) =>
    batches.filter(batch => batch.partition === partition).map(({ baseOffset }) => baseOffset)
  return { log, brokers, positions, running, append, appended, read, batches }
}

test('while one partition has no leader the others are read, and it is read as soon as it has one', async () => {
  const { brokers, append, read } = await readingBoth(cluster => (cluster.leading = [1, NOBODY]))
  await append(1)
  for (let offset = 0n; offset < 5n; offset++) {
    await append(0)
    await vi.waitFor(() => expect(read(0)).toContain(offset), WAIT)
  }
  expect(read(1)).toEqual([])
  brokers.leading = [1, 2]
  await vi.waitFor(() => expect(read(1)).toEqual([0n]), WAIT)
  expect(read(0)).toEqual([0n, 1n, 2n, 3n, 4n])
})

test('while one broker refuses, what others lead is read, and nothing is lost or doubled when it comes back', async () => {
  const { brokers, append, read } = await readingBoth(cluster => cluster.refusing.set(2, NOT_LEADER))
  await append(1)
  for (let offset = 0n; offset < 5n; offset++) {
    await append(0)
    await vi.waitFor(() => expect(read(0)).toContain(offset), WAIT)
  }
  brokers.refusing.clear()
  await append(1)
  await vi.waitFor(() => expect(read(1)).toEqual([0n, 1n]), WAIT)
  expect(read(0)).toEqual([0n, 1n, 2n, 3n, 4n])
})

test('a partition whose leader moves is read on from there, without a gap', async () => {
  const { brokers, append, read, batches } = await readingBoth(() => undefined)
  for (let offset = 0n; offset < 6n; offset++) {
    brokers.leading = offset % 2n === 0n ? [1, 2] : [2, 1]
    await append(0)
    await append(1)
    await vi.waitFor(() => expect([read(0), read(1)].map(all => all.at(-1))).toEqual([offset, offset]), WAIT)
  }
  for (const partition of [0, 1]) {
    const own = batches.filter(batch => batch.partition === partition)
    expect(own.map(({ since }) => since)).toEqual([0n, 1n, 2n, 3n, 4n, 5n])
  }
})

test('batches that wait while their leader moves come before what the next leader gives', async () => {
  const first = deferred()
  const taking = vi.fn<() => Promise<void>>(async () => undefined)
  const { brokers, positions, append, read } = await readingBoth(() => undefined, taking)
  taking.mockImplementationOnce(() => {
    brokers.leading = [2, 2]
    return first.promise
  })
  await Promise.all([append(0), append(0)])
  await vi.waitFor(() => expect(brokers.asked).toContain('2 for 0'), WAIT)
  await Promise.all([append(0), append(1)])
  await vi.waitFor(() => expect(positions.get({ topic, partition: 0 })?.fetchOffset).toBe(3n), WAIT)
  expect(read(0)).toEqual([])
  first.resolve()
  await vi.waitFor(() => expect(read(0).length + read(1).length).toBe(4), WAIT)
  expect([read(0), read(1)]).toEqual([[0n, 1n, 2n], [0n]])
})

test('a failure that lasts is told by its code, although other partitions are read all the time', async () => {
  const { running, append, appended, read } = await readingBoth(cluster =>
    cluster.refusing.set(2, UNKNOWN_TOPIC),
  )
  const over = new AbortController()
  running.catch(() => {
    over.abort()
  })
  const readAll = () => read(0).at(-1) === appended(0)
  while (!over.signal.aborted) {
    await append(0)
    await vi.waitFor(() => expect(over.signal.aborted || readAll()).toBe(true), WAIT)
  }
  await expect(running).rejects.toMatchObject({ code: 'kafka.topic_missing' })
  expect(read(0).length).toBeGreaterThan(1)
})

test('a topic that is unknown for a moment after a longer outage is not missing', async () => {
  const { brokers, append, read } = await readingBoth(cluster => cluster.refusing.set(2, NOT_LEADER))
  await append(1)
  // Longer than a topic may be missing.
  await sleep(2_100)
  brokers.refusing.set(2, UNKNOWN_TOPIC)
  brokers.asked.clear()
  await vi.waitFor(() => expect(brokers.asked).toContain('2 for 1'), WAIT)
  await turnOfTheLoop()
  brokers.refusing.clear()
  await vi.waitFor(() => expect(read(1)).toEqual([0n]), WAIT)
})

test('the time for which a partition was paused does not count as time of failure', async () => {
  const { brokers, positions, append, read } = await readingBoth(cluster =>
    cluster.refusing.set(2, UNKNOWN_TOPIC),
  )
  const place = { topic, partition: 1 }
  await vi.waitFor(() => expect(positions.get(place)?.failing).not.toBeNull(), WAIT)
  positions.pause([place])
  expect(positions.get(place)?.failing).toBeNull()
  brokers.refusing.clear()
  positions.resume([place])
  await append(1)
  await vi.waitFor(() => expect(read(1)).toEqual([0n]), WAIT)
})

test('a batch that cannot be decompressed is refused in its turn: what is before it is delivered, nothing of it or behind it', async () => {
  const { log, running, append, read } = await readingBoth(() => undefined)
  const broken = { topic, partition: 0, bytes: Buffer.from('no frame of lz4'), count: 1, codec: 3 }
  await Promise.all([append(0), log.append(broken), append(0)])
  await expect(running).rejects.toMatchObject({ code: 'kafka.corrupt_batch' })
  expect(read(0)).toEqual([0n])
})
