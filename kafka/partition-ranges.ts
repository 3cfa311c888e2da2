import { groupBy } from './group-by.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { PartitionRange, TopicPartition } from './log.ts'

const EARLIEST = -2
const LATEST = -1
const READ_COMMITTED = 1

/**
 * First offset and last stable offset of all partitions of these topics, in the order of the topics and of the partitions. Two requests
 * to each leader, however many topics there are.
 */
export async function partitionRanges(
  brokers: Brokers,
  topics: readonly string[],
  fresh: boolean,
): Promise<PartitionRange[]> {
  const wanted = await ledPartitions(brokers, topics, fresh)
  const byLeader = groupBy(wanted, ({ leader }) => leader)
  const starts = new Map<string, bigint>()
  const ends = new Map<string, bigint>()
  await Promise.all(
    [...byLeader].flatMap(([nodeId, partitions]) => [
      offsets(brokers, { nodeId, partitions, timestamp: EARLIEST }, starts),
      offsets(brokers, { nodeId, partitions, timestamp: LATEST }, ends),
    ]),
  )
  return wanted.map(({ topic, partition }) => ({
    topic,
    partition,
    start: starts.get(keyOf(topic, partition)) ?? 0n,
    end: ends.get(keyOf(topic, partition)) ?? 0n,
  }))
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

interface OffsetQuery {
  readonly nodeId: number
  readonly partitions: readonly TopicPartition[]
  readonly timestamp: number
}

async function offsets(brokers: Brokers, query: OffsetQuery, into: Map<string, bigint>): Promise<void> {
  const broker = await brokers.node(query.nodeId)
  const { timestamp } = query
  const topics = [...groupBy(query.partitions, ({ topic }) => topic)].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, timestamp })),
  }))
  const { responses } = await broker.listOffsets({ isolationLevel: READ_COMMITTED, topics })
  for (const { topic, partitions } of responses)
    for (const { partition, offset } of partitions) into.set(keyOf(topic, partition), BigInt(offset))
}

function keyOf(topic: string, partition: number): string {
  return `${partition}/${topic}`
}
