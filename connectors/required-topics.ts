import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { FetchedBatch, Log } from '../kafka/log.ts'
import { requireSameTopics } from '../schemas/same-topics.ts'
import type { TableState } from '../schemas/state.ts'
import { type Adoption, topicSpec } from './adopt-table.ts'

/**
 * The topics of known tables must be there as they were: one that is gone took what it held with it, and a new one in its
 * place would hide that. Throws `kafka.topic_missing` and `kafka.topic_mismatch`.
 */
export async function requireTopics(
  adoption: Adoption,
  known: readonly TableState[],
  signal: AbortSignal,
): Promise<void> {
  const present = new Set(await adoption.log.topics(`${adoption.migration}.`))
  const gone = known.find(({ topic }) => !present.has(topic))
  if (gone !== undefined)
    throw new MigrationError('kafka.topic_missing', `The topic ${gone.topic} was deleted`, {
      details: { topic: gone.topic, table: tableId(gone.schema.table) },
    })
  await requireSameTopics(adoption.log, known, signal)
  await adoption.log.ensureTopics(known.map(place => topicSpec(adoption.topics, place)))
}

/**
 * The topics of tables that are new must be empty: records of an earlier life would get another copy of the table behind
 * them, and rows that were deleted in between would stay in the targets. Throws `kafka.topic_mismatch`.
 */
export async function requireEmptyTopics(
  log: Log,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const { topic, partition, start, end } of await log.ranges(topics)) {
    // A transaction that was given up leaves its place behind, but no records.
    if (end > start) await log.readToEnd({ topic, partition, offset: start }, refuseRecords, signal)
  }
}

function refuseRecords({ topic }: FetchedBatch): void {
  throw new MigrationError('kafka.topic_mismatch', `The topic ${topic} of a new table holds records`, {
    details: { topic },
  })
}
