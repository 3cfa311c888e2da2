import type { PostgresConnection } from '../../stack/postgres/connection.ts'
import { withClient } from '../../stack/postgres/connection.ts'

/** What Switchback holds at a database server. */
export interface ServerSessions {
  readonly connections: number
  readonly slots: number
  /** Temporary files that all sessions together have written since the server began to count. */
  readonly temporaryFiles: number
}

const look = `
SELECT
  (SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'switchback%')::int AS connections,
  (SELECT count(*) FROM pg_replication_slots)::int AS slots,
  (SELECT coalesce(sum(temp_files), 0) FROM pg_stat_database)::int AS "temporaryFiles"`

/** Null while the server cannot be asked. */
export async function sessionsAt(server: PostgresConnection): Promise<ServerSessions | null> {
  try {
    return await withClient(server.url, async client => {
      const { rows } = await client.query<ServerSessions>(look)
      return rows[0] ?? null
    })
  } catch {
    return null
  }
}
