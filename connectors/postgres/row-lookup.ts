import type { Client } from 'pg'
import { sleep } from '../../core/time.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { KeptSession } from '../../databases/postgres/kept-session.ts'
import { query } from '../../databases/postgres/query.ts'
import { RowPortal } from '../../databases/postgres/row-portal.ts'
import { FieldSlices } from '../../schemas/field-slices.ts'
import { copiedColumns, type TableSchema } from '../../schemas/table-schema.ts'
import type { RowLookup } from '../source.ts'
import { emitMarker } from './probe.ts'
import { rowQuery } from './snapshot/keyset-query.ts'
import { inSnapshot } from './snapshot/reader-session.ts'

/** A commit is in the log a moment before it is visible. */
const waitMs = 5

// Who holds the table may wait for a lock of our readers, who wait for the publisher, who waits for us: the server does not see
// that circle. An error ends it, with all locks of ours.
const settings = `SET lock_timeout = '10s'`

/**
 * Looks up rows on a session that is opened by the first call, and cut when the signal aborts. Throws `postgres.conflict` for a table
 * that somebody locks for long.
 */
export function openRowLookup(options: ConnectionOptions, signal: AbortSignal): RowLookup {
  const session = new KeptSession(options, async client => {
    await query(client, 'prepare to look up rows', settings)
    return client
  })
  signal.addEventListener('abort', () => void session.close(), { once: true })
  return {
    row: (table, key, transactionId) =>
      session.use(client => lookUp(client, { table, key, transactionId }, signal)),
    close: () => session.close(),
  }
}

interface Wanted {
  readonly table: TableSchema
  readonly key: readonly string[]
  readonly transactionId: number
}

async function lookUp(client: Client, wanted: Wanted, signal: AbortSignal): Promise<FieldSlices | null> {
  for (;;) {
    const answer = await readRow(client, wanted)
    if (answer !== 'invisible') {
      // What we see may have been committed by somebody who does not wait for the disk: a crash of the source would take it back, and leave
      // it in Kafka. The commit of this message does wait, and everything before it in the log with it.
      await query(client, 'wait until the row is durable', emitMarker)
      return answer
    }
    await sleep(waitMs, signal)
    signal.throwIfAborted()
  }
}

function readRow(client: Client, { table, key, transactionId }: Wanted) {
  return inSnapshot(
    client,
    table,
    async (snapshot): Promise<FieldSlices | null | 'invisible'> => {
      const { visibility } = snapshot
      if (!visibility.sees(visibility.widen(transactionId))) return 'invisible'
      const slices = new FieldSlices(copiedColumns(table).length)
      let found: FieldSlices | null = null
      await new RowPortal(client, rowQuery(table, snapshot, key), slices).fetch(1, row => {
        found = copyOf(row)
      })
      return found
    },
    null,
  )
}

/** The slices of a portal are overwritten. */
function copyOf(row: FieldSlices): FieldSlices {
  const copy = new FieldSlices(row.count)
  copy.buffer = Buffer.from(row.buffer)
  copy.starts.set(row.starts)
  copy.lengths.set(row.lengths)
  return copy
}
