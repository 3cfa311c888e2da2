import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { cancellable } from '../../../databases/postgres/cancellable.ts'
import { closeSession } from '../../../databases/postgres/close-session.ts'
import { connect } from '../../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { noticeOurEnd } from '../../../databases/postgres/notice-our-end.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { Visibility } from '../../source.ts'
import { tableMissing } from '../missing-relation.ts'
import { parseVisibility } from '../visibility.ts'
import { type KeyOperators, keyOperatorsSql, keyTypeOids, plainOperators } from './key-operators.ts'
import type { SnapshotFacts } from './keyset-query.ts'
import { checkShape } from './table-shape.ts'

// A chunk is read in key order from its index, however much of the table it is: a sort would read the whole range again for
// each chunk.
const settings = [
  'SET enable_seqscan = off',
  'SET enable_bitmapscan = off',
  'SET enable_sort = off',
  'SET jit = off',
  'SET max_parallel_workers_per_gather = 0',
]

// Not every version has them. A scan is one long transaction, a reader may have nothing to do for long, and while the rows
// of a scan cannot be published, the server waits for us to read on.
const noTimeouts = `
SELECT set_config(name, '0', false) FROM pg_settings
WHERE name IN ('transaction_timeout', 'idle_session_timeout', 'tcp_user_timeout')`

/** Opens a session for reading chunks, which the signal cuts while it is being prepared. */
export async function readerSession(options: ConnectionOptions, signal: AbortSignal): Promise<Client> {
  const client = await connect(options, signal)
  try {
    await cancellable(client, signal, async () => {
      await query(client, 'prepare to read', settings.join('; '))
      await query(client, 'prepare to read', noTimeouts)
      await noticeOurEnd(client)
    })
    return client
  } catch (error) {
    await closeSession(client)
    throw error
  }
}

const takeSql = 'SELECT pg_current_snapshot()::text AS snapshot'
const takeAndLookSql = `${takeSql}, ${keyOperatorsSql} AS operators`

interface Taken extends Record<string, unknown> {
  readonly snapshot: string
  readonly operators?: readonly KeyOperators[]
}

export interface TableSnapshot extends SnapshotFacts {
  readonly visibility: Visibility
}

/**
 * Runs `work` in a transaction that sees one state of the table and of its definition. `opening` is called when the table is
 * free to be read, which may take as long as somebody locks it, and before the snapshot is taken. Null: a row is looked up, in no order.
 */
export async function inSnapshot<T>(
  client: Client,
  table: TableSchema,
  work: (snapshot: TableSnapshot) => Promise<T>,
  opening: (() => void) | null,
): Promise<T> {
  await query(client, 'begin to read', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    const result = await work(await takeSnapshot(client, table, opening))
    await query(client, 'end reading', 'COMMIT')
    return result
  } catch (error) {
    // The first error is the one that says what happened.
    await query(client, 'give up reading', 'ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function takeSnapshot(
  client: Client,
  table: TableSchema,
  opening: (() => void) | null,
): Promise<TableSnapshot> {
  const name = quoteTable(table.table)
  // A truncate or a rewrite of the table that commits between the snapshot and the first read would show us an empty table.
  // The lock comes first, so both are either in the snapshot or wait for us.
  await query(client, `lock ${name} for reading`, `LOCK TABLE ${name} IN ACCESS SHARE MODE`).catch(
    tableMissing(table.table),
  )
  opening?.()
  const plain = plainOperators(table)
  const [taken] = await (plain === null
    ? query<Taken>(client, 'take a snapshot', takeAndLookSql, [keyTypeOids(table)])
    : query<Taken>(client, 'take a snapshot', takeSql))
  if (taken === undefined) throw new MigrationError('postgres.failed', 'the server gave no snapshot')
  const operators = plain ?? taken.operators ?? []
  return {
    visibility: parseVisibility(taken.snapshot),
    operators,
    kind: await checkShape(client, table, opening !== null),
  }
}
