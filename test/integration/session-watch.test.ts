import type { Client } from 'pg'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { closeSession } from '../../databases/postgres/close-session.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { query } from '../../databases/postgres/query.ts'
import { SessionWatch } from '../../databases/postgres/session-watch.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

failOnLeaks()

const pace = { firstMs: 200, againMs: 200, unreachable: 2 }

let connection: ConnectionOptions
let proxy: TcpProxy
let other: Client
let client: Client
let watch: SessionWatch

beforeEach(async () => {
  const options = optionsOf(await freshDatabase(servers().target))
  other = await openClient(options)
  await other.query('CREATE TABLE t (id int)')
  proxy = await TcpProxy.open(options)
  onTestFinished(() => proxy.close())
  connection = { ...options, port: proxy.port }
  client = await connect(connection)
  onTestFinished(() => closeSession(client))
  watch = await SessionWatch.of(client, connection, pace)
})

const ask = (sql: string) => watch.during(() => query(client, 'ask', sql))
/** Gives what it failed with. */
const failing = (sql: string) =>
  ask(sql).then(
    () => null,
    (error: unknown) => error,
  )

test('a statement that takes long is waited for', async () => {
  expect(await ask('SELECT pg_sleep(2)')).toHaveLength(1)
})

test('a statement that waits for a lock is waited for', async () => {
  await other.query('BEGIN; LOCK TABLE t')
  const asking = ask('SELECT FROM t')
  await new Promise(resolve => setTimeout(resolve, 2_000))
  await other.query('COMMIT')
  expect(await asking).toEqual([])
})

test('a request that is still on its way is waited for', async () => {
  proxy.hold()
  const asking = ask(`SELECT length('${'x'.repeat(64 << 20)}') AS n`)
  await new Promise(resolve => setTimeout(resolve, 2_000))
  proxy.release()
  expect(await asking).toEqual([{ n: 64 << 20 }])
})

test('a session whose request was lost is ended on both sides, and its locks with it', async () => {
  await query(client, 'lock', 'BEGIN; LOCK TABLE t')
  const lost = proxy.loseOn(chunk => chunk.includes('lost'))
  const asking = failing(`SELECT 'lost'`)
  await lost
  await other.query('SELECT FROM t')
  expect(await asking).toMatchObject({
    code: 'postgres.unreachable',
    message: expect.stringContaining('waits for this process'),
  })
})

test('a session that the server has ended without our hearing of it is given up', async () => {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  const lost = proxy.loseOn(chunk => chunk.includes('lost'))
  const asking = failing(`SELECT 'lost'`)
  await lost
  await other.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
  expect(await asking).toMatchObject({ message: expect.stringContaining('has ended the session') })
})

test('a session of a server that nobody reaches any more is given up', async () => {
  watch = await SessionWatch.of(client, { ...connection, connectTimeoutMs: 1_000 }, pace)
  const asking = failing('SELECT pg_sleep(60)')
  proxy.stall()
  expect(await asking).toMatchObject({ message: expect.stringContaining('cannot be reached') })
})
