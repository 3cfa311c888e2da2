import type { Client } from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { dropPrepared, prepareSource } from '../../connectors/postgres/prepare.ts'
import { publishedTables } from '../../connectors/postgres/publications.ts'
import { createSlot, dropSlot } from '../../connectors/postgres/slot.ts'
import { resumePointOf } from '../../connectors/resume-point.ts'
import { Secret } from '../../core/secret.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { preparedSource } from '../support/log-reader.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

describe.each(['source', 'target'] as const)('on the %s server', role => {
  let options: ConnectionOptions
  let app: Client

  beforeEach(async () => {
    options = optionsOf(await freshDatabase(servers()[role]))
    app = await openClient(options)
    await app.query(
      'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE log (note text)',
    )
  })

  const members = async () => {
    const { rows } = await app.query('SELECT pubname, tablename FROM pg_publication_tables ORDER BY 1, 2')
    return rows.map(row => [row.pubname, row.tablename])
  }

  test('preparing twice changes nothing the second time, and the publications follow the tables', async () => {
    const { client, objects, tables, prepared } = await preparedSource(options, ['a', 'b', 'log'])
    const all = [
      [objects.publication, 'a'],
      [objects.publication, 'b'],
      [objects.insertsPublication, 'log'],
    ]
    expect(await members()).toEqual(all)
    const again = await prepareSource(client, objects, tables, prepared.start)
    expect(again.start).toEqual(prepared.start)
    expect(await members()).toEqual(all)
    await prepareSource(client, objects, tables.slice(0, 1), prepared.start)
    expect(await members()).toEqual([[objects.publication, 'a']])
    const more = await prepareSource(client, objects, tables.slice(0, 2), prepared.start)
    expect((await publishedTables(client, objects)).map(table => table.name)).toEqual(['a', 'b'])
    expect(more.since).toBeGreaterThan(prepared.since)
  })

  test('a table that got a key moves to the publication with updates', async () => {
    const { client, objects, describe: look, prepared } = await preparedSource(options, ['log'])
    await app.query('ALTER TABLE log ADD id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY')
    await prepareSource(client, objects, await look(), prepared.start)
    expect(await members()).toEqual([[objects.publication, 'log']])
  })

  test('transactions that were open while a table joined are below since', async () => {
    const writer = await openClient(options)
    const { client, objects, tables, prepared } = await preparedSource(options, ['a', 'b'])
    await prepareSource(client, objects, tables.slice(0, 1), prepared.start)
    await writer.query('BEGIN; INSERT INTO b VALUES (1)')
    const { rows } = await writer.query('SELECT pg_current_xact_id()::text AS id')
    const { since } = await prepareSource(client, objects, tables, prepared.start)
    expect(BigInt(rows[0].id)).toBeLessThan(since)
    await writer.query('COMMIT')
  })

  test('a log that cannot be joined halts and leaves the publications as they were', async () => {
    const { client, objects, tables, prepared, at } = await preparedSource(options, ['a'])
    const { after } = resumePointOf(prepared.start)
    const refuse = async (from: Parameters<typeof prepareSource>[3], code: string) =>
      expect(prepareSource(client, objects, [], from)).rejects.toMatchObject({ code })
    await refuse({ ...prepared.start, lineage: 'postgres/1/1' }, 'source.log_lost')
    await refuse(at(after + (1n << 40n)), 'source.log_lost')
    await dropSlot(client, objects.slot)
    await refuse(prepared.start, 'source.log_lost')
    await app.query('INSERT INTO a VALUES (1)')
    await createSlot(client, objects.slot)
    await refuse(prepared.start, 'source.slot_recreated')
    expect(await members()).toEqual([[objects.publication, 'a']])
    await app.query(`DROP PUBLICATION ${objects.publication}`)
    await refuse(prepared.start, 'source.log_lost')
    const { start } = await prepareSource(client, objects, tables, null)
    expect(resumePointOf(start).after).toBeGreaterThan(after)
  })

  test('dropping removes everything, can be repeated, and is refused while the slot is read', async () => {
    const { client, objects, prepared, open } = await preparedSource(options, ['a', 'log'])
    const stream = await open(prepared.start)
    await expect(dropPrepared(client, objects)).rejects.toMatchObject({ code: 'source.slot_in_use' })
    await stream.close()
    await dropPrepared(client, objects)
    await dropPrepared(client, objects)
    expect(await members()).toEqual([])
  })

  test('a role that only owns its tables and may replicate can prepare', async () => {
    const user = `owner_${options.database}`
    await app.query(
      `CREATE ROLE ${user} LOGIN REPLICATION PASSWORD 'x'; ALTER TABLE a OWNER TO ${user}; GRANT CREATE ON DATABASE ${options.database} TO ${user}`,
    )
    onTestFinished(
      async () =>
        void (await app.query(
          `REASSIGN OWNED BY ${user} TO postgres; DROP OWNED BY ${user}; DROP ROLE ${user}`,
        )),
    )
    const { prepared, objects, open } = await preparedSource(
      { ...options, user, password: new Secret('x') },
      ['a'],
    )
    const stream = await open(prepared.start)
    expect([stream.next(), await members()]).toEqual([null, [[objects.publication, 'a']]])
  })
})

test('names of two migrations never meet and fit into 63 bytes', () => {
  const migrations = [
    'shop',
    'Shop',
    'shop-1',
    'shop.1',
    'shop_1',
    'x',
    'x_inserts',
    'x_inserts_inserts',
    'ä',
    'y'.repeat(60),
    `${'y'.repeat(59)}z`,
  ]
  const names = migrations.flatMap(migration => {
    const { publication, insertsPublication } = objectNames(migration)
    return [publication, insertsPublication]
  })
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[a-z0-9_]{1,63}$/)
})
