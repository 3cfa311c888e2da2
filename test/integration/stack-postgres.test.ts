import { existsSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { PostgresVersion } from '../../stack/postgres/binaries.ts'
import { type PostgresConnection, withClient } from '../../stack/postgres/connection.ts'
import { type PostgresServer, startPostgres } from '../../stack/postgres/start-postgres.ts'
import { startTimeOf } from '../../stack/process-table.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

test.each<PostgresVersion>([15, 18])(
  'PostgreSQL %i starts empty, with the settings asked for',
  async version => {
    const server = await started({ version, settings: { work_mem: '9MB' } })
    expect(await valueOf(server.url, `SELECT current_setting('server_version_num')::int / 10000`)).toBe(
      version,
    )
    expect(await valueOf(server.url, `SELECT current_setting('work_mem')`)).toBe('9MB')
    expect(
      await valueOf(server.url, 'SELECT datcollate FROM pg_database WHERE datname = current_database()'),
    ).toBe('C.UTF-8')
  },
)

test('PostgreSQL refuses a wrong password', async () => {
  const wrong = new URL(servers().source.url)
  wrong.password = 'wrong'
  await expect(valueOf(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
})

test.each(['source', 'target'] as const)('the %s accepts a logical replication slot', async role => {
  const database = await freshDatabase(servers()[role])
  const plugin = await withClient(database.url, async client => {
    await client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [database.name])
    const { rows } = await client.query(`SELECT plugin FROM pg_replication_slots WHERE slot_name = $1`, [
      database.name,
    ])
    await client.query(`SELECT pg_drop_replication_slot($1)`, [database.name])
    return rows
  })
  expect(plugin).toEqual([{ plugin: 'pgoutput' }])
})

test('committed rows outlive a crash and an orderly restart', async () => {
  const server = await started({ version: 18 })
  const url = await server.createDatabase('a "b"')
  await withClient(url, client => client.query('CREATE TABLE t AS SELECT 1 AS a'))
  const first = server.pid
  await server.kill()
  expect(startTimeOf(first)).toBeUndefined()
  await server.restart()
  await withClient(url, client => client.query('INSERT INTO t VALUES (2)'))
  await server.restart()
  expect(await valueOf(url, 'SELECT sum(a)::int FROM t')).toBe(3)
  expect(server.pid).not.toBe(first)
})

test('stopping a server removes its data and its process', async () => {
  const server = await startPostgres({ version: 15 })
  const data = String(await valueOf(server.url, `SELECT current_setting('data_directory')`))
  await server.stop()
  expect(existsSync(data)).toBe(false)
  expect(startTimeOf(server.pid)).toBeUndefined()
  await server.stop()
})

test('a server that cannot start says why and leaves nothing', async () => {
  await expect(startPostgres({ version: 15, settings: { wal_level: 'nonsense' } })).rejects.toThrow(
    /wal_level/,
  )
})

async function started(options: Parameters<typeof startPostgres>[0]): Promise<PostgresServer> {
  const server = await startPostgres(options)
  onTestFinished(() => server.stop())
  return server
}

async function valueOf(url: PostgresConnection['url'], query: string): Promise<unknown> {
  return withClient(url, async client => {
    const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' })
    return rows[0]?.[0]
  })
}
