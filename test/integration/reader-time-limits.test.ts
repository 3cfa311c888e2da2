import { expect, onTestFinished, test } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { chunkReader } from '../../connectors/postgres/snapshot/chunk-reader.ts'
import type { ChunkReader } from '../../connectors/source.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal
const limits = ['transaction_timeout', 'idle_session_timeout', 'statement_timeout']

test.each(['source', 'target'] as const)(
  'time limits that the database on the %s server has for sessions and transactions do not end a scan',
  async role => {
    const options = optionsOf(await freshDatabase(servers()[role]))
    const app = await openClient(options)
    await app.query('CREATE TABLE t (v text)')
    await app.query(`INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 3000)`)
    const [table] = await describeTables(app, [{ schema: 'public', name: 't' }])
    if (table === undefined) throw new Error('no table')
    const { rows: known } = await app.query('SELECT name FROM pg_settings WHERE name = ANY ($1)', [limits])
    for (const { name } of known) await app.query(`ALTER DATABASE ${options.database} SET ${name} = 10000`)
    const idle = await openReader(options)
    const busy = await openReader(options)
    let rows = 0
    const row = () => void rows++
    let slices = 0
    const slice = async () => {
      if (slices++ === 0) await app.query('SELECT pg_sleep(11)')
    }
    const request = { table, sliceBytes: 1_000_000, opening: () => undefined, row, slice }
    const scan = (reader: ChunkReader) => reader.scan({ ...request, open: async () => undefined }, never)
    // Longer than the limits, one is in the midst of a scan and the other has nothing to do.
    await scan(busy)
    expect(rows).toBe(3000)
    expect(slices).toBeGreaterThan(0)
    await scan(idle)
    expect(rows).toBe(6000)
  },
)

async function openReader(options: ConnectionOptions): Promise<ChunkReader> {
  const reader = await chunkReader(options, never)
  onTestFinished(() => reader.close())
  return reader
}
