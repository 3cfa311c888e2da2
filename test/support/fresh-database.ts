import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { createDatabase, type PostgresConnection, withClient } from '../../stack/postgres/connection.ts'

/** A database of one test's own. */
export interface FreshDatabase {
  readonly server: PostgresConnection
  readonly name: string
  readonly url: string
}

/** Called with each database just before it is dropped. */
export const beforeDrop = new Set<(database: FreshDatabase) => Promise<void>>()

/**
 * Makes an empty database with a name of its own and drops it after the test, with its slots and connections. Outside a test, for
 * example in `beforeAll`, hand over what registers the clean-up instead of `onTestFinished`.
 */
export async function freshDatabase(
  server: PostgresConnection,
  atEnd: (cleanup: () => Promise<void>) => void = onTestFinished,
): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const database = { server, name, url: await createDatabase(server, name) }
  atEnd(() => dropDatabase(database))
  return database
}

async function dropDatabase(database: FreshDatabase): Promise<void> {
  for (const look of beforeDrop) await look(database)
  await withClient(database.server.url, async client => {
    // No connection first: a walsender that reconnects in between would keep its slot busy.
    await client.query(`ALTER DATABASE ${client.escapeIdentifier(database.name)} ALLOW_CONNECTIONS false`)
    await client.query(`SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = $1`, [
      database.name,
    ])
    await client.query(
      `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1`,
      [database.name],
    )
    await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(database.name)} WITH (FORCE)`)
  })
}
