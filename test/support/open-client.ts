import type { Client } from 'pg'
import { onTestFinished } from 'vitest'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'

/** A connection, as product code opens it, until the test has finished. */
export async function openClient(options: ConnectionOptions): Promise<Client> {
  const client = await connect(options)
  onTestFinished(() => client.end())
  return client
}
