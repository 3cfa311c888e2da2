import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { query } from '../../../databases/postgres/query.ts'

/** Runs a statement that makes `what`. Throws `target.object_refused` when the database does not take the definition. */
export async function createObject(client: Client, what: string, create: string): Promise<void> {
  try {
    await query(client, `create ${what}`, create)
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'postgres.failed') throw error
    throw new MigrationError('target.object_refused', error.message, { details: error.details })
  }
}
