import type { Client } from 'pg'
import { type TableRef, tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { SchemaObject, TableSchema } from '../../../schemas/table-schema.ts'
import { refuseErrors } from '../check/differs-error.ts'
import { createObject } from './create-object.ts'
import { createTableSql } from './create-table-sql.ts'
import { ddlTransaction } from './ddl-transaction.ts'
import { findObjects } from './found-objects.ts'
import { createKeyIndex } from './key-index.ts'
import { requiredDifference } from './required-difference.ts'

const lock = `SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('switchback create tables', 0))`

const relation = `
SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2`

/**
 * Makes the tables that are missing, each with what it requires, in one transaction per table, and returns them. Indexes
 * and constraints other than the key are left for later. Instances that start at once wait for each other. Throws
 * `target.object_refused`, `target.table_differs` for a type that exists otherwise, and `postgres.*`.
 */
export async function createTables(
  client: Client,
  tables: readonly TableSchema[],
): Promise<readonly TableRef[]> {
  const created: TableRef[] = []
  for (const schema of tables) if (await createTable(client, schema)) created.push(schema.table)
  return created
}

async function createTable(client: Client, schema: TableSchema): Promise<boolean> {
  const { table, requires } = schema
  const id = tableId(table)
  return ddlTransaction(client, 'change', async () => {
    await query(client, 'wait for other instances', lock)
    const existing = await query(client, `look for table ${id}`, relation, [table.schema, table.name])
    if (existing.length > 0) return false
    await createRequired(client, requires)
    await createObject(client, `table ${id}`, createTableSql(schema))
    await createKeyIndex(client, schema)
    return true
  })
}

async function createRequired(client: Client, requires: readonly SchemaObject[]): Promise<void> {
  const objects = await findObjects(client, requires)
  refuseErrors(objects.flatMap(object => requiredDifference(object) ?? []))
  for (const { object, found } of objects)
    if (found === null) await createObject(client, `${object.kind} ${object.name}`, object.create)
}
