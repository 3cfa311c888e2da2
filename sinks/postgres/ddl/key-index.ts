import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { createObject } from './create-object.ts'
import { type SecondaryObject, secondaryObjects } from './secondary-object.ts'
import { hasKey, readUniqueKeys } from './unique-keys.ts'

/**
 * Gives a table that was just made a unique index on its key, if the key is not its primary key: the first of the source's
 * own unique objects that has these columns. The database judges it, so that no definition has to be understood here; one that it
 * refuses may not be the one. Runs in the transaction that made the table.
 */
export async function createKeyIndex(client: Client, schema: TableSchema): Promise<void> {
  const { key } = schema
  if (key.length === 0) return
  const table = await oidOf(client, schema)
  const isThere = async () => hasKey((await readUniqueKeys(client, [table])).get(table) ?? [], key)
  if (await isThere()) return
  const refused: string[] = []
  for (const { kind, name, create } of secondaryObjects([schema]).filter(isUnique)) {
    await query(client, 'try a unique index', 'SAVEPOINT candidate')
    const refusal = await refusalOf(() => createObject(client, `${kind} ${name}`, create))
    if (refusal !== null) refused.push(refusal.message)
    else if (await isThere()) return
    await query(client, 'take a unique index back', 'ROLLBACK TO SAVEPOINT candidate')
  }
  const found = `${tableId(schema.table)}: no unique index of the source has the columns of its key (${key.join(', ')})`
  throw new MigrationError('target.object_refused', [found, ...refused].join('; '))
}

function isUnique({ kind, create }: SecondaryObject): boolean {
  return kind === 'primary-key' || kind === 'unique' || create.startsWith('CREATE UNIQUE INDEX ')
}

async function refusalOf(create: () => Promise<void>): Promise<MigrationError | null> {
  try {
    await create()
    return null
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'target.object_refused') return error
    throw error
  }
}

async function oidOf(client: Client, schema: TableSchema): Promise<string> {
  const sql = 'SELECT $1::regclass::oid::int8::text AS oid'
  const [row] = await query<{ oid: string }>(client, 'look for the new table', sql, [
    quoteTable(schema.table),
  ])
  return row?.oid ?? ''
}
