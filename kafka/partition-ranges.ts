import { groupBy } from './group-by.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { PartitionRange, TopicPartition } from './log.ts'
import { partitionId } from './partition-id.ts'

const EARLIEST = -2
const LATEST = -1
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

/**
 * The ranges of all partitions of these topics, in the order of the topics and of the partitions. Three requests to each leader, however
 * many topics there are.
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
  const written = new Map<string, bigint>()
  await Promise.all(
    [...byLeader].flatMap(([nodeId, partitions]) => [
      offsets(brokers, { nodeId, partitions, timestamp: EARLIEST, isolationLevel: READ_COMMITTED }, starts),
      offsets(brokers, { nodeId, partitions, timestamp: LATEST, isolationLevel: READ_COMMITTED }, ends),
      offsets(brokers, { nodeId, partitions, timestamp: LATEST, isolationLevel: READ_UNCOMMITTED }, written),
    ]),
  )
  return wanted.map(({ topic, partition }) => {
    const key = partitionId({ topic, partition })
    const end = ends.get(key) ?? 0n
    const most = written.get(key) ?? 0n
    // Asked at different moments.
    return { topic, partition, start: starts.get(key) ?? 0n, end, written: most > end ? most : end }
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

interface OffsetQuery {
  readonly nodeId: number
  readonly partitions: readonly TopicPartition[]
  readonly timestamp: number
  readonly isolationLevel: number
}

async function offsets(brokers: Brokers, query: OffsetQuery, into: Map<string, bigint>): Promise<void> {
  const broker = await brokers.node(query.nodeId)
  const { timestamp, isolationLevel } = query
  const topics = [...groupBy(query.partitions, ({ topic }) => topic)].map(([topic, partitions]) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({ partition, timestamp })),
  }))
  const { responses } = await broker.listOffsets({ isolationLevel, topics })
  for (const { topic, partitions } of responses)
    for (const { partition, offset } of partitions)
      into.set(partitionId({ topic, partition }), BigInt(offset))
}
