import { objectNames } from '../connectors/postgres/object-names.ts'
import type { ConnectionOptions } from '../databases/postgres/connection-options.ts'
import { query } from '../databases/postgres/query.ts'
import type { DropStep } from './drop.ts'
import { withSession } from '../databases/postgres/with-session.ts'

const findObjects = `
SELECT 'slot ' || slot_name AS object FROM pg_replication_slots WHERE slot_name = $1
UNION ALL
SELECT 'publication ' || pubname FROM pg_publication WHERE pubname IN ($2, $3)`

/** What the connector made at the source. `remove` undoes it and is safe to repeat. */
export function dropSource(
  options: ConnectionOptions,
  migration: string,
  remove: (signal: AbortSignal) => Promise<void>,
): DropStep {
  return {
    what: 'slot and publications of the source',
    async remove(signal) {
      const found = await sourceObjects(options, migration, signal)
      await remove(signal)
      return found
    },
  }
}

async function sourceObjects(
  options: ConnectionOptions,
  migration: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { slot, publication, insertsPublication } = objectNames(migration)
  const doing = 'look for slot and publications at the source'
  const rows = await withSession(options, signal, session =>
    query<{ object: string }>(session, doing, findObjects, [slot, publication, insertsPublication]),
  )
  return rows.map(({ object }) => object)
}
