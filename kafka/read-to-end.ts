import { MigrationError } from '../core/errors.ts'
import { committedBatches } from './committed-batches.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { fetchFrom } from './kafkajs/fetch-request.ts'
import type { FetchLimits } from './kafkajs/fetch-request.ts'
import type { FetchedBatch, PartitionRange, Starting } from './log.ts'
import { partitionRanges } from './partition-ranges.ts'
import { patiently } from './patience.ts'

const LIMITS: FetchLimits = { maxBytes: 16 << 20, maxBytesPerPartition: 8 << 20, maxWaitMs: 200 }

/** Delivers one partition's committed batches from an offset up to its end now, and returns that end. No group is involved. */
export async function readToEnd(
  brokers: Brokers,
  from: Starting,
  deliver: (batch: FetchedBatch) => void,
  signal: AbortSignal,
): Promise<bigint> {
  const { topic, partition } = from
  const doing = `Reading ${topic}/${partition}`
  const { start, end } = await patiently(doing, attempt => rangeOf(brokers, from, attempt > 0), signal)
  if (from.offset < start) throw offsetLost(from, `it begins at ${start}`)
  let offset = from.offset
  while (offset < end) {
    const wanted = { topic, partition, offset }
    const answer = await patiently(doing, attempt => fetchOne(brokers, wanted, attempt > 0), signal)
    for (const batch of answer.batches) if (batch.baseOffset < end) deliver(batch)
    offset = answer.nextOffset
  }
  return offset
}

async function fetchOne(brokers: Brokers, wanted: Starting, fresh: boolean) {
  const broker = await brokers.node(await brokers.leader(wanted.topic, wanted.partition, fresh))
  const { answers, failures } = await fetchFrom(broker, [wanted], LIMITS)
  if (failures[0] !== undefined) throw failures[0].error
  const [answer] = answers
  return answer === undefined ? { batches: [], nextOffset: wanted.offset } : committedBatches(answer)
}

async function rangeOf(brokers: Brokers, from: Starting, fresh: boolean): Promise<PartitionRange> {
  const ranges = await partitionRanges(brokers, from.topic, fresh)
  const range = ranges[from.partition]
  if (range !== undefined) return range
  throw new MigrationError('kafka.topic_missing', `Kafka has no partition ${from.partition} of ${from.topic}`)
}

/** The error of a reader whose place in the log is gone. */
export function offsetLost(at: Starting, found: string): MigrationError {
  return new MigrationError(
    'kafka.offset_lost',
    `${at.topic}/${at.partition} no longer holds offset ${at.offset}: ${found}`,
    { details: { topic: at.topic, partition: at.partition, offset: at.offset.toString() } },
  )
}
