import { groupBy } from './group-by.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { PartitionRange } from './log.ts'

const EARLIEST = -2
const LATEST = -1
const READ_COMMITTED = 1

/** First offset and last stable offset of all partitions of a topic, ordered by partition. */
export async function partitionRanges(
  brokers: Brokers,
  topic: string,
  fresh: boolean,
): Promise<PartitionRange[]> {
  const leaders = await brokers.leaders(topic, fresh)
  const byLeader = groupBy(leaders.keys(), partition => leaders[partition] ?? -1)
  const ranges = await Promise.all(
    [...byLeader].map(async ([nodeId, partitions]) => {
      const [starts, ends] = await Promise.all([
        offsets(brokers, { nodeId, topic, partitions, timestamp: EARLIEST }),
        offsets(brokers, { nodeId, topic, partitions, timestamp: LATEST }),
      ])
      return partitions.map(partition => ({
        topic,
        partition,
        start: starts.get(partition) ?? 0n,
        end: ends.get(partition) ?? 0n,
      }))
    }),
  )
  return ranges.flat().toSorted((a, b) => a.partition - b.partition)
}

interface OffsetQuery {
  readonly nodeId: number
  readonly topic: string
  readonly partitions: readonly number[]
  readonly timestamp: number
}

async function offsets(brokers: Brokers, query: OffsetQuery): Promise<Map<number, bigint>> {
  const broker = await brokers.node(query.nodeId)
  const partitions = query.partitions.map(partition => ({ partition, timestamp: query.timestamp }))
  const { responses } = await broker.listOffsets({
    isolationLevel: READ_COMMITTED,
    topics: [{ topic: query.topic, partitions }],
  })
  return new Map(
    responses.flatMap(({ partitions: found }) =>
      found.map(({ partition, offset }) => [partition, BigInt(offset)]),
    ),
  )
}
