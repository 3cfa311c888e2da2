import type { Client } from 'pg'
import { sleep } from '../../core/time.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { query } from '../../databases/postgres/query.ts'
import { withSession } from '../../databases/postgres/with-session.ts'

/** Longer than an older owner that is alive takes to end its transaction. */
const patienceMs = 10_000

const ownPid = 'SELECT pg_catalog.pg_backend_pid() AS pid'

const endBlockers = `
SELECT pg_catalog.pg_terminate_backend(pid)
FROM pg_catalog.pg_stat_activity
WHERE pid = ANY (pg_catalog.pg_blocking_pids($1)) AND application_name = pg_catalog.current_setting('application_name')`

/**
 * Does work on the client that may wait for transactions of older owners. One that does not end, because its process stands still
 * or its machine is out of reach, is ended: nobody else would for hours, and its owner has lost its place anyway.
 */
export async function withoutBlockers<T>(
  options: ConnectionOptions,
  client: Client,
  work: () => Promise<T>,
): Promise<T> {
  const [row] = await query<{ pid: number }>(client, 'ask for the number of the session', ownPid)
  const done = new AbortController()
  const watching = watch(options, row?.pid ?? 0, done.signal)
  try {
    return await work()
  } finally {
    done.abort()
    await watching
  }
}

async function watch(options: ConnectionOptions, pid: number, done: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(patienceMs, done)
    if (done.aborted) return
    try {
      await withSession(options, done, client =>
        query(client, 'end what blocks the claim', endBlockers, [pid]),
      )
    } catch {
      // The work itself meets whatever is wrong with the target.
    }
  }
}
