import { expect, test } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import type { SourceConnector } from '../../connectors/source.ts'
import { tableId } from '../../core/table-ref.ts'
import { chunkBench } from '../support/chunk-bench.ts'
import { connectorBench } from '../support/connector-bench.ts'
import { migration, ownRetries } from '../support/connector-on.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { everything, readChunk } from '../support/read-chunk.ts'
import { rowHistory } from '../support/row-history.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

test('a table that is taken out of the publication and written to while a start proves the log halts every start', async () => {
  const bench = await connectorBench(
    servers().source,
    'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)',
  )
  await bench.copyOnce(2)
  const { app, names } = bench
  const around = beforePrepare(async () => {
    await app.query(`ALTER PUBLICATION ${names.publication} DROP TABLE b`)
    await app.query('INSERT INTO b VALUES (1)')
  })
  const changed = { code: 'source.publication_changed', details: { table: 'public.b' } }
  expect(await bench.start({ around }).ended).toMatchObject(changed)
  expect(await bench.start().ended).toMatchObject(changed)
})

test.each(['describes', 'publishes'])(
  'a table that matches the patterns and is dropped before a start %s it halts nobody',
  async when => {
    const bench = await connectorBench(servers().source, 'CREATE TABLE a (id int PRIMARY KEY)')
    await bench.copyOnce(1)
    await bench.app.query('CREATE TABLE brief (id int PRIMARY KEY)')
    const drop = async () => void (await bench.app.query('DROP TABLE IF EXISTS brief'))
    const connector = bench.start({
      around: when === 'describes' ? beforeDescribe(drop) : beforePrepare(drop),
    })
    await expect.poll(() => ownRetries(connector).length).toBe(1)
    expect(ownRetries(connector)).toMatchObject([{ code: 'source.table_vanished' }])
    await bench.app.query('INSERT INTO a VALUES (1)')
    const created = () => rowHistory(bench.log, `${migration}.public.a`, [['1']])
    await expect.poll(async () => (await created()).length).toBe(1)
  },
)

test.each([
  ['describes', beforeDescribe],
  ['publishes', beforePrepare],
])('a table of the migration that is dropped before a start %s it halts', async (_, before) => {
  const bench = await connectorBench(servers().source, 'CREATE TABLE a (id int PRIMARY KEY)')
  await bench.copyOnce(1)
  const around = before(async () => void (await bench.app.query('DROP TABLE IF EXISTS a')))
  expect(await bench.start({ around }).ended).toMatchObject({
    code: 'source.table_missing',
    details: { table: 'public.a' },
  })
})

test.each([
  ['its table', 'CREATE TABLE t (id int PRIMARY KEY)', 'DROP TABLE t'],
  ['the schema', 'CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY)', 'DROP SCHEMA s CASCADE'],
])('a chunk is refused by its name when %s was dropped', async (_, create, drop) => {
  const { client, reader, run } = await chunkBench(servers().source)
  await run(create)
  const table = { schema: create.includes(' s.t') ? 's' : 'public', name: 't' }
  const [schema] = await describeTables(client, [table])
  if (schema === undefined) throw new Error('no description')
  await run(drop)
  const missing = { code: 'source.table_missing', details: { table: tableId(table) } }
  await expect(readChunk(reader, schema, everything)).rejects.toMatchObject(missing)
  await expect(reader.segments(schema, 8, new AbortController().signal)).rejects.toMatchObject(missing)
})

function beforeDescribe(act: () => Promise<void>) {
  return (source: SourceConnector): SourceConnector => ({
    ...source,
    describe: async (...parts) => {
      await act()
      return source.describe(...parts)
    },
  })
}

function beforePrepare(act: () => Promise<void>) {
  return (source: SourceConnector): SourceConnector => ({
    ...source,
    prepare: async (...parts) => {
      await act()
      return source.prepare(...parts)
    },
  })
}
