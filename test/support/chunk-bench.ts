import type { Client } from 'pg'
import { onTestFinished } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { chunkReader } from '../../connectors/postgres/snapshot/chunk-reader.ts'
import type { ChunkReader } from '../../connectors/source.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import type { PostgresConnection } from '../../stack/postgres/connection.ts'
import { freshDatabase } from './fresh-database.ts'
import { openClient } from './open-client.ts'
import { optionsOf } from './postgres-options.ts'

export interface ChunkBench {
  readonly options: ConnectionOptions
  readonly client: Client
  readonly reader: ChunkReader
  /** Prepares the database. */
  readonly run: (sql: string) => Promise<unknown>
  readonly tableOf: (name: string) => Promise<TableSchema>
}

/** An empty source database and what reads its tables. All of it is gone at the end of the test. */
export async function chunkBench(server: PostgresConnection): Promise<ChunkBench> {
  const options = optionsOf(await freshDatabase(server))
  const client = await openClient(options)
  const reader = await chunkReader(options, new AbortController().signal)
  onTestFinished(() => reader.close())
  return {
    options,
    client,
    reader,
    run: sql => query(client, 'prepare the test', sql),
    async tableOf(name) {
      const [schema] = await describeTables(client, [{ schema: 'public', name }])
      if (schema === undefined) throw new Error(`no table ${name}`)
      return schema
    },
  }
}
