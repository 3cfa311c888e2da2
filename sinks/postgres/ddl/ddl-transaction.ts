import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'

const begin = {
  change: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
  /** One snapshot for all that is read: rows and progress of one commit are seen together or not at all. */
  look: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
} as const

/**
 * Runs `work` in a transaction with an empty search path: definitions mean what the source's catalogue meant by them, and
 * names that the server prints are schema-qualified. Throws what `work` throws, after a rollback.
 */
export async function ddlTransaction<T>(
  client: Client,
  mode: keyof typeof begin,
  work: () => Promise<T>,
): Promise<T> {
  await query(client, 'begin a transaction on the target', begin[mode])
  try {
    await query(client, 'set the search path', `SET LOCAL search_path = ''`)
    const result = await work()
    await query(client, 'commit on the target', 'COMMIT')
    return result
  } catch (error) {
    // When the connection is gone there is nothing to roll back.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}
