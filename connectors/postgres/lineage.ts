import type { Client } from 'pg'
import { query } from '../../databases/postgres/query.ts'
import { parseLsn } from './lsn.ts'

/** The log that the server writes now, and its end. */
export interface Log {
  /** Differs after a failover and after a restore to a point in time. */
  readonly lineage: string
  readonly head: bigint
}

// The name of a log file begins with its timeline; the control file would still show the old one right after a promotion.
const currentLog = `
SELECT system_identifier::text AS system, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline,
       pg_current_wal_insert_lsn()::text AS head
FROM pg_control_system()`

export async function currentLogOf(client: Client): Promise<Log> {
  const [row] = await query<{ system: string; timeline: string; head: string }>(
    client,
    'identify the log',
    currentLog,
  )
  return {
    lineage: `postgres/${row?.system}/${Number.parseInt(row?.timeline ?? '', 16)}`,
    head: parseLsn(row?.head ?? '0/0'),
  }
}
