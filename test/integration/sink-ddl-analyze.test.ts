import type { Client } from 'pg'
import { beforeEach, expect, test } from 'vitest'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { analyzeTables } from '../../sinks/postgres/ddl/finish-tables.ts'
import { baseType } from '../support/column-types.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

let options: ConnectionOptions
let client: Client

beforeEach(async () => {
  options = optionsOf(await freshDatabase(servers().target))
  client = await openClient(options)
})

test('a table that is dropped while others get their statistics is passed over', async () => {
  const names = ['first', 'second', 'third']
  for (const name of names) await client.query(`CREATE TABLE ${name} (id int PRIMARY KEY)`)
  const [dropping, watching] = [await openClient(options), await openClient(options)]
  await dropping.query('BEGIN; DROP TABLE second')
  const analyzing = analyzeTables(
    client,
    names.map(name => testTable(name, [column('id', baseType('int4'))], ['id'])),
  )
  const waiting = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'ANALYZE%'`
  await expect.poll(async () => (await watching.query(waiting)).rowCount).toBe(1)
  await dropping.query('COMMIT')
  await analyzing
  const analyzed = 'SELECT relname FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL ORDER BY relname'
  await expect
    .poll(async () => (await client.query(analyzed)).rows)
    .toEqual([{ relname: 'first' }, { relname: 'third' }])
})

test('what else keeps a table from its statistics is told', async () => {
  await client.query('CREATE TABLE held (id int PRIMARY KEY)')
  const holding = await openClient(options)
  await holding.query('BEGIN; LOCK TABLE held')
  await client.query(`SET lock_timeout = '50ms'`)
  const table = testTable('held', [column('id', baseType('int4'))], ['id'])
  await expect(analyzeTables(client, [table])).rejects.toMatchObject({ code: 'postgres.conflict' })
  await holding.query('COMMIT')
})
