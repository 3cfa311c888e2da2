import { MigrationError } from '../core/errors.ts'
import { committedBatches } from './committed-batches.ts'
import type { FetchLimits, FetchSource, ReadableRange } from './fetch-source.ts'
import type { FetchedBatch, Starting } from './log.ts'
import { openBatch } from './open-batch.ts'
import { patiently } from './patience.ts'

const LIMITS: FetchLimits = { maxBytes: 16 << 20, maxBytesPerPartition: 8 << 20, maxWaitMs: 200 }

/**
 * Delivers one partition's committed batches from an offset up to its end now, and returns that end. No group is involved.
 * Rejects with `kafka.offset_lost` when the partition begins behind the offset or ends before it.
 */
export async function readToEnd(
  source: FetchSource,
  from: Starting,
  deliver: (batch: FetchedBatch) => void,
  signal: AbortSignal,
): Promise<bigint> {
  const { topic, partition } = from
  const doing = `Reading ${topic}/${partition}`
  const { start, end } = await patiently(doing, attempt => rangeOf(source, from, attempt > 0), signal)
  if (from.offset < start) throw offsetLost(from, `it begins at ${start}`)
  // Ends only move on: this is another topic of the same name, or one that has lost its end.
  if (from.offset > end) throw offsetLost(from, `it ends at ${end}`)
  let offset = from.offset
  while (offset < end) {
    const wanted = { topic, partition, offset }
    const answer = await patiently(doing, attempt => fetchOne(source, wanted, attempt > 0), signal)
    for (const batch of answer.batches) if (batch.baseOffset < end) deliver(openBatch(batch))
    offset = answer.nextOffset
  }
  // A fetch may have brought batches that were written later: they were not delivered, so the next call must see them.
  return end
}

async function fetchOne(source: FetchSource, wanted: Starting, fresh: boolean) {
  const leaders = (await source.leaders([wanted.topic], fresh)).get(wanted.topic)
  const { answers, failures } = await source.fetch(leaders?.[wanted.partition] ?? -1, [wanted], LIMITS)
  if (failures[0] !== undefined) throw failures[0].error
  const [answer] = answers
  return answer === undefined ? { batches: [], nextOffset: wanted.offset } : committedBatches(answer)
}

async function rangeOf(source: FetchSource, from: Starting, fresh: boolean): Promise<ReadableRange> {
  const ranges = await source.ranges([from.topic], fresh)
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
