import type { Client } from 'pg'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'

/** Runs `work` on a connection of its own. */
export async function withConnection<T>(
  options: ConnectionOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(options)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
