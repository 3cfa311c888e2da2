import { Client } from 'pg'

/** How to reach a PostgreSQL server, and who we are there: a superuser. Plain data. */
export interface PostgresConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  /** The major version. */
  readonly version: number
  /** URL of its database `postgres`. */
  readonly url: string
}

/** The URL of one database of the server. */
export function databaseUrl(server: PostgresConnection, database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}

/** Makes an empty database and returns its URL. */
export async function createDatabase(server: PostgresConnection, name: string): Promise<string> {
  await withClient(server.url, client =>
    client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} TEMPLATE template0`),
  )
  return databaseUrl(server, name)
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'stack' })
  // Without a listener, a connection that is cut while idle would end this process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end()
  }
}
