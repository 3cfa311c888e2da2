import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { tableId } from '../core/table-ref.ts'
import type { Log } from '../kafka/log.ts'
import type { TableState } from './state.ts'

const lookAgainMs = 1_000

/**
 * The topics of these tables must be those that they were given: one that was deleted took what it held with it, whatever a new one in
 * its place holds. Throws `kafka.topic_missing`.
 */
export async function requireSameTopics(
  log: Log,
  tables: readonly TableState[],
  signal: AbortSignal,
): Promise<void> {
  if ((await findOther(log, tables)) === undefined) return
  // A broker may be behind the others for a moment.
  await sleep(lookAgainMs, signal)
  const other = await findOther(log, tables)
  if (other !== undefined) throw madeAgain(other)
}

async function findOther(log: Log, tables: readonly TableState[]): Promise<TableState | undefined> {
  const ids = await log.topicIds(tables.map(({ topic }) => topic))
  return tables.find(({ topic, topicId }) => isOther(topicId, ids.get(topic)))
}

/** Not so where one of them was not told, by a Kafka that was too old. */
export function isOther(id: string | null = null, other: string | null = null): boolean {
  return id !== null && other !== null && id !== other
}

export function madeAgain({ topic, schema }: TableState): MigrationError {
  return new MigrationError('kafka.topic_missing', `The topic ${topic} was deleted and made again`, {
    details: { topic, table: tableId(schema.table) },
  })
}
