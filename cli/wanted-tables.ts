import type { SourceConnector } from '../connectors/source.ts'
import { tableId } from '../core/table-ref.ts'
import type { Log } from '../kafka/log.ts'
import { StateReader } from '../schemas/stored-state.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import type { WantedTable } from '../sinks/postgres/check/target-table.ts'

interface Origins {
  readonly source: SourceConnector
  readonly log: Log
  readonly migration: string
}

/**
 * The tables that a target is to hold, with their topics where the migration has begun. When the source or Kafka cannot be
 * asked, what remains is checked all the same: they have findings of their own.
 */
export async function wantedTables(
  { source, log, migration }: Origins,
  signal: AbortSignal,
): Promise<readonly WantedTable[]> {
  const [schemas, topics] = await Promise.all([
    source
      .tables(signal)
      .then(tables => source.describe(tables, signal))
      .catch(() => []),
    knownTopics(log, stateTopic(migration), signal).catch(() => new Map<string, string>()),
  ])
  return schemas.map(schema => ({ schema, topic: topics.get(tableId(schema.table)) ?? null }))
}

async function knownTopics(
  log: Log,
  topic: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (!(await log.topics(topic)).includes(topic)) return new Map()
  const { tables } = await new StateReader(log, topic).refresh(signal)
  return new Map([...tables].map(([id, table]) => [id, table.topic]))
}
