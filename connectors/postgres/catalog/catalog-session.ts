import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'

/**
 * Runs `read` in one snapshot of the catalogue, with an empty search path: every name that the server prints for SQL is then
 * schema-qualified, unless it is built in.
 */
export async function inCatalogSnapshot<T>(client: Client, read: () => Promise<T>): Promise<T> {
  await query(client, 'begin to read the catalogue', 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    await query(client, 'set the search path', `SET LOCAL search_path = ''`)
    return await read()
  } finally {
    // Only reads happened; when the connection is gone there is nothing to roll back either.
    await client.query('ROLLBACK').catch(() => undefined)
  }
}
