import type { Client } from 'pg'
import { query } from '../../databases/postgres/query.ts'
import { formatLsn } from './lsn.ts'

const patienceMs = 5_000

// Only a session that follows the log as we do: same slot, user and name, and it has confirmed nothing that is not ours.
const endFormer = `
SELECT pg_terminate_backend(s.active_pid, $3) AS ended
FROM pg_replication_slots s
JOIN pg_stat_activity a ON a.pid = s.active_pid
WHERE s.slot_name = $1 AND s.database = current_database() AND s.confirmed_flush_lsn <= $2::pg_lsn
  AND a.backend_type = 'walsender' AND a.usename = session_user
  AND a.application_name = current_setting('application_name')`

/**
 * Ends the session that still follows the log for an instance before us. The server itself would notice that nobody listens
 * to it only after `wal_sender_timeout`, and never while the network answers for a process that stands still.
 */
export async function endFormerSession(client: Client, slot: string, after: bigint): Promise<boolean> {
  const [row] = await query<{ ended: boolean }>(client, 'end the session before ours', endFormer, [
    slot,
    formatLsn(after),
    patienceMs,
  ])
  return row?.ended ?? false
}
