import type { Finding } from '../../../core/finding.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { checkExtensions } from './check-extensions.ts'
import { checkRights } from './check-rights.ts'
import { checkServer } from './check-server.ts'
import { checkTables } from './check-tables.ts'
import type { WantedTable } from './target-table.ts'
import { withSession } from '../../../databases/postgres/with-session.ts'

/**
 * Everything that would keep the target from taking these tables, and what is good to know. Only reads. A table's topic is
 * null when the state topic does not list it yet. Throws `postgres.*` when the target cannot be looked at.
 */
export async function checkTarget(
  connection: ConnectionOptions,
  migration: string,
  tables: readonly WantedTable[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  return withSession(connection, signal, async client => {
    const server = await checkServer(client)
    // The catalogue of an older server lacks what the other checks look at.
    if (server.some(({ code }) => code === 'target.version')) return server
    const schemas = tables.map(({ schema }) => schema)
    return [
      ...server,
      ...(await checkRights(client, schemas)),
      ...(await checkExtensions(client, schemas)),
      ...(await checkTables(client, migration, tables)),
    ]
  })
}
