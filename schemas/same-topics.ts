import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { Log } from '../kafka/log.ts'
import type { TableState } from './state.ts'

/**
 * The topics of these tables must be those that they were given: one that was deleted took what it held with it, whatever a new one in
 * its place holds. Throws `kafka.topic_missing`.
 */
export async function requireSameTopics(log: Log, tables: readonly TableState[]): Promise<void> {
  const ids = await log.topicIds(tables.map(({ topic }) => topic))
  for (const { topic, topicId, schema } of tables) {
    const found = ids.get(topic)
    // Not told by a Kafka that is too old, now or when the table joined.
    if (topicId === undefined || found === undefined || found === topicId) continue
    throw new MigrationError('kafka.topic_missing', `The topic ${topic} was deleted and made again`, {
      details: { topic, table: tableId(schema.table) },
    })
  }
}
