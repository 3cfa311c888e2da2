import type { Client } from 'pg'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { query } from '../../../databases/postgres/query.ts'
import { withSession } from '../../../databases/postgres/with-session.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { NumberedTable } from '../../refuse-renamed.ts'
import { parseLsn } from '../lsn.ts'

const numbers = `
SELECT attrelid AS oid, json_agg(json_build_object('name', attname, 'number', attnum)) AS columns
FROM pg_catalog.pg_attribute
WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped
GROUP BY attrelid`

const insertPosition = 'SELECT pg_catalog.pg_current_wal_insert_lsn()::text AS lsn'

/** The columns that these tables have now, by the id of the table; whatever the tables are called. */
export async function readColumnNumbers(
  client: Client,
  tables: readonly TableSchema[],
): Promise<ReadonlyMap<string, NumberedTable['columns']>> {
  const oids = tables.flatMap(({ id }) => id ?? [])
  const found = await query<{ oid: number; columns: NumberedTable['columns'] }>(
    client,
    'look which columns tables have',
    numbers,
    [oids],
  )
  return new Map(found.map(({ oid, columns }) => [String(oid), columns]))
}

/** What the catalogue says at the end of the log when a stream is opened. */
export interface Seen {
  /** The columns of tables whose schema does not tell numbers, by the id of the table. */
  readonly columns: ReadonlyMap<string, NumberedTable['columns']>
  /** End of the log then. Zero when it was not asked, because the schemas of all tables tell enough. */
  readonly head: bigint
}

export async function readUnknown(
  connection: ConnectionOptions,
  tables: readonly TableSchema[],
  signal: AbortSignal,
): Promise<Seen> {
  const unknown = tables.filter(({ columns }) => columns.some(({ number }) => number === undefined))
  if (unknown.length === 0) return { columns: new Map(), head: 0n }
  return withSession(connection, signal, async client => {
    const [end] = await query<{ lsn: string }>(client, 'read the end of the log', insertPosition)
    return { head: parseLsn(end?.lsn ?? ''), columns: await readColumnNumbers(client, unknown) }
  })
}
