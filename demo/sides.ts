import { Client } from 'pg'
import type { Cleanup } from '../core/cleanup.ts'
import { createDatabase } from '../stack/postgres/connection.ts'
import type { Stack } from '../stack/start-stack.ts'
import { database } from './migration-file.ts'

/** Both databases, with a connection for looking at each. */
export interface Sides {
  readonly sourceUrl: string
  readonly targetUrl: string
  readonly source: Client
  readonly target: Client
}

export async function openSides(stack: Stack, cleanup: Cleanup): Promise<Sides> {
  const sourceUrl = await createDatabase(stack.source, database)
  const targetUrl = await createDatabase(stack.target, database)
  return {
    sourceUrl,
    targetUrl,
    source: await open(sourceUrl, cleanup),
    target: await open(targetUrl, cleanup),
  }
}

async function open(url: string, cleanup: Cleanup): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'demo' })
  client.on('error', () => undefined)
  await client.connect()
  cleanup.add(() => client.end())
  return client
}
