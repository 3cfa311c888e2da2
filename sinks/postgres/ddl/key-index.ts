import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { createObject } from './create-object.ts'
import { secondaryObjects } from './secondary-object.ts'
import { hasKey, readUniqueKeys } from './unique-keys.ts'

/**
 * Gives a table that was just made a unique index on its key, if the key is not its primary key: the first of the source's
 * own unique objects that has these columns. The database judges it, so that no definition has to be understood here. Runs in
 * the transaction that made the table.
 */
export async function createKeyIndex(client: Client, schema: TableSchema): Promise<void> {
  const { key } = schema
  if (key.length === 0) return
  const table = await oidOf(client, schema)
  if (hasKey((await readUniqueKeys(client, [table])).get(table) ?? [], key)) return
  for (const { kind, name, create } of secondaryObjects([schema])) {
    if (kind !== 'primary-key' && kind !== 'unique' && !create.startsWith('CREATE UNIQUE INDEX ')) continue
    await query(client, 'try a unique index', 'SAVEPOINT candidate')
    await createObject(client, `${kind} ${name}`, create)
    if (hasKey((await readUniqueKeys(client, [table])).get(table) ?? [], key)) return
    await query(client, 'take a unique index back', 'ROLLBACK TO SAVEPOINT candidate')
  }
  throw new MigrationError(
    'target.object_refused',
    `${tableId(schema.table)}: no unique index of the source has the columns of its key (${key.join(', ')})`,
  )
}

async function oidOf(client: Client, schema: TableSchema): Promise<string> {
  const sql = 'SELECT $1::regclass::oid::int8::text AS oid'
  const [row] = await query<{ oid: string }>(client, 'look for the new table', sql, [
    quoteTable(schema.table),
  ])
  return row?.oid ?? ''
}
