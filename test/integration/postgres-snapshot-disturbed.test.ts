import { describe, expect, onTestFinished, test } from 'vitest'
import { chunkReader } from '../../connectors/postgres/snapshot/chunk-reader.ts'
import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { connect } from '../../databases/postgres/connect.ts'
import { query } from '../../databases/postgres/query.ts'
import { chunkBench } from '../support/chunk-bench.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { everything, readChunk } from '../support/read-chunk.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal

describe.each(['source', 'target'] as const)('a disturbed chunk reader on the %s server', role => {
  const bench = () => chunkBench(servers()[role])

  test('a table whose columns have changed is not read with the old ones', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (id int PRIMARY KEY, v int)')
    const table = await tableOf('t')
    await run('ALTER TABLE t ADD COLUMN w int')
    await readChunk(reader, table, everything)
    await run('ALTER TABLE t ALTER COLUMN v TYPE bigint')
    const error: unknown = await readChunk(reader, table, everything).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'source.table_changed' })
    expect((await readChunk(reader, await tableOf('t'), everything)).keys).toEqual([])
  })

  test('a truncate waits for a chunk that is being read', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (id int PRIMARY KEY)')
    await run('INSERT INTO t SELECT generate_series(1, 1000)')
    const table = await tableOf('t')
    let truncated: Promise<unknown> = Promise.resolve()
    let rows = 0
    const open = () => {
      truncated = run('TRUNCATE t')
    }
    const row = () => void rows++
    const request = { table, segment: everything, maxRows: 5000, maxBytes: 1 << 20 }
    await reader.read({ ...request, opening: () => undefined, open, row }, never)
    await truncated
    expect(rows).toBe(1000)
  })

  test('rows that a policy would hide are an error, not missing', async () => {
    const { options, run, tableOf } = await bench()
    await run('CREATE TABLE t (id int PRIMARY KEY)')
    await run('INSERT INTO t VALUES (1)')
    await run('ALTER TABLE t ENABLE ROW LEVEL SECURITY')
    const user = `reader_${options.database}`
    await run(`CREATE ROLE ${user} LOGIN PASSWORD 'x'`)
    await run(`GRANT SELECT ON t TO ${user}`)
    onTestFinished(async () => {
      const last = await connect(options)
      await query(last, 'clean up', `DROP OWNED BY ${user}; DROP ROLE ${user}`)
      await last.end()
    })
    await run(`ALTER TABLE t OWNER TO ${options.user}`)
    const other = await chunkReader({ ...options, user, password: new Secret('x') }, never)
    onTestFinished(() => other.close())
    const error: unknown = await readChunk(other, await tableOf('t'), everything).catch(
      (caught: unknown) => caught,
    )
    expect(error).toMatchObject({ code: 'postgres.denied' })
  })

  test('an aborted signal ends a read that is waiting, on the server too, and which is not opening yet', async () => {
    const { client, options, run, tableOf } = await bench()
    await run('CREATE TABLE t (id int PRIMARY KEY)')
    const table = await tableOf('t')
    const locker = await openClient(options)
    await query(locker, 'lock', 'BEGIN')
    await query(locker, 'lock', 'LOCK TABLE t')
    const stop = new AbortController()
    const own = await chunkReader({ ...options, applicationName: 'switchback blocked' }, never)
    const open = () => undefined
    let openings = 0
    const opening = () => void openings++
    const request = { table, segment: everything, maxRows: 1, maxBytes: 1, opening, open, row: open }
    const reading = own.read(request, stop.signal).catch((error: unknown) => error)
    const sessions = async (state: string) =>
      (
        await query(
          client,
          'look',
          `SELECT 1 FROM pg_stat_activity WHERE application_name = 'switchback blocked' AND ${state}`,
        )
      ).length
    await expect.poll(() => sessions(`wait_event_type = 'Lock'`)).toBe(1)
    expect(openings).toBe(0)
    stop.abort()
    expect(await reading).toMatchObject({ name: 'AbortError' })
    await own.close()
    await expect.poll(() => sessions('true')).toBe(0)
  })

  test('a server that cannot be reached is a coded error', async () => {
    const { options } = await bench()
    const error: unknown = await chunkReader({ ...options, port: 1 }, never).catch(
      (caught: unknown) => caught,
    )
    expect(error).toBeInstanceOf(MigrationError)
    expect(error).toMatchObject({ code: 'postgres.unreachable' })
  })
})
