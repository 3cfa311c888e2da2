import { createHash } from 'node:crypto'
import { tableId, type TableRef } from '../core/table-ref.ts'

/** Kafka's limit for topic names. */
const maxLength = 249

/** The compacted topic that holds a migration's state. */
export const stateTopic = (migration: string): string => `${migration}.state`

/** Where events that nobody could apply are kept for an operator. */
export const deadLetterTopic = (migration: string): string => `${migration}.dead-letters`

/** The transactional id of a migration's connector: the newest to use it fences the others. */
export const connectorTransactions = (migration: string): string => `switchback.${migration}.connector`

/**
 * The topic of a table: `<migration>.<schema>.<table>` with characters that Kafka does not allow replaced as Debezium
 * does. Two tables can meet in one such name; the one that comes later gets a suffix from the hash of its exact name.
 */
export function topicFor(migration: string, table: TableRef, taken: ReadonlySet<string>): string {
  const plain = `${migration}.${table.schema}.${table.name}`.replace(/[^A-Za-z0-9._-]/g, '_')
  if (plain.length <= maxLength && !taken.has(plain)) return plain
  const suffix = createHash('sha256').update(tableId(table)).digest('hex').slice(0, 8)
  return `${plain.slice(0, maxLength - suffix.length - 1)}_${suffix}`
}
