import { groupBy } from './group-by.ts'
import type { ReadableRange } from './fetch-source.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { PartitionRange, TopicPartition } from './log.ts'
import { partitionId } from './partition-id.ts'

const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

/** One request to each leader: throws unless each of them answers for its partitions. */
export async function askLeaders(brokers: Brokers, topics: readonly string[]): Promise<void> {
  await offsetsOf(brokers, await ledPartitions(brokers, topics, true), LATEST, READ_UNCOMMITTED)
}

/** Three requests to each leader, however many topics there are. */
export async function partitionRanges(
  brokers: Brokers,
  topics: readonly string[],
  fresh: boolean,
): Promise<PartitionRange[]> {
  const wanted = await ledPartitions(brokers, topics, fresh)
  const [readable, written] = await Promise.all([
    readableOf(brokers, wanted),
    offsetsOf(brokers, wanted, LATEST, READ_UNCOMMITTED),
  ])
  return readable.map(range => {
    const most = written.get(partitionId(range)) ?? 0n
    // Asked at different moments.
    return { ...range, written: most > range.end ? most : range.end }
  })
}

/** Two requests to each leader: what is written and cannot be read yet is not asked for. */
export async function readableRanges(
  brokers: Brokers,
  topics: readonly string[],
  fresh: boolean,
): Promise<ReadableRange[]> {
  return readableOf(brokers, await ledPartitions(brokers, topics, fresh))
}

async function readableOf(brokers: Brokers, wanted: readonly LedPartition[]): Promise<ReadableRange[]> {
  const [starts, ends] = await Promise.all([
    offsetsOf(brokers, wanted, EARLIEST, READ_COMMITTED),
    offsetsOf(brokers, wanted, LATEST, READ_COMMITTED),
  ])
  return wanted.map(({ topic, partition }) => {
    const key = partitionId({ topic, partition })
    return { topic, partition, start: starts.get(key) ?? 0n, end: ends.get(key) ?? 0n }
  })
}

interface LedPartition extends TopicPartition {
  readonly leader: number
}

async function ledPartitions(
  brokers: Brokers,
  topics: readonly string[],
  fresh: boolean,
): Promise<readonly LedPartition[]> {
  const leaders = await brokers.leaders(topics, fresh)
  return topics.flatMap(topic =>
    (leaders.get(topic) ?? []).map((leader, partition) => ({ topic, partition, leader })),
  )
}

/** Of each partition, by its id. */
async function offsetsOf(
  brokers: Brokers,
  wanted: readonly LedPartition[],
  timestamp: number,
  isolationLevel: number,
): Promise<ReadonlyMap<string, bigint>> {
  const found = new Map<string, bigint>()
  const ask = async (nodeId: number, led: readonly LedPartition[]) => {
    const broker = await brokers.node(nodeId)
    const topics = [...groupBy(led, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition }) => ({ partition, timestamp })),
    }))
    const { responses } = await broker.listOffsets({ isolationLevel, topics })
    for (const { topic, partitions } of responses)
      for (const { partition, offset } of partitions)
        found.set(partitionId({ topic, partition }), BigInt(offset))
  }
  await Promise.all(
    [...groupBy(wanted, ({ leader }) => leader)].map(([nodeId, partitions]) => ask(nodeId, partitions)),
  )
  return found
}
