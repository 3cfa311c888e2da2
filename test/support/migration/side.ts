import { Client } from 'pg'
import type { PostgresConnection } from '../../../stack/postgres/connection.ts'
import { type FreshDatabase, freshDatabase } from '../fresh-database.ts'

/** One database of a migration, with a connection to look at it and to work in it. */
export interface Side {
  readonly database: FreshDatabase
  readonly client: Client
  /** Connects `client` anew, after its server was stopped. */
  reconnect(): Promise<void>
}

/** A fresh database of the server, dropped at the end of the test. Close `client` before. */
export async function openSide(server: PostgresConnection): Promise<Side> {
  const database = await freshDatabase(server)
  let client = await clientOf(database)
  return {
    database,
    get client() {
      return client
    },
    async reconnect() {
      await client.end().catch(() => undefined)
      client = await clientOf(database)
    },
  }
}

async function clientOf({ url }: FreshDatabase): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'test' })
  // A server that is stopped by a test cuts it.
  client.on('error', () => undefined)
  await client.connect()
  return client
}
