import { describe, expect, test } from 'vitest'
import { type ConnectorBench, connectorBench } from '../support/connector-bench.ts'
import { allCopied, migration, untilState } from '../support/connector-on.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `CREATE TABLE items (id int PRIMARY KEY, n int); INSERT INTO items VALUES (1, 1);
  CREATE TABLE bag (n int); INSERT INTO bag VALUES (1)`

const changed = { code: 'source.publication_changed' }

async function copied(): Promise<ConnectorBench> {
  const bench = await connectorBench(servers().source, tables)
  await bench.copyOnce(2)
  return bench
}

/** All records of both tables: none may be added by a connector that finds its publication changed. */
const published = async ({ log }: ConnectorBench) => [
  await log.ranges([`${migration}.public.items`]),
  await log.ranges([`${migration}.public.bag`]),
]

describe('while the connector was down, its publication', () => {
  test.each([
    ['lost a table', 'ALTER PUBLICATION $ DROP TABLE items'],
    [
      'lost a table and got it back',
      'ALTER PUBLICATION $ DROP TABLE items; ALTER PUBLICATION $ ADD TABLE items',
    ],
    ['was reduced to inserts', `ALTER PUBLICATION $ SET (publish = 'insert')`],
    [
      'was reduced to inserts and widened again',
      `ALTER PUBLICATION $ SET (publish = 'insert'); ALTER PUBLICATION $ SET (publish = 'insert, update, delete, truncate')`,
    ],
    ['got a filter for rows', 'ALTER PUBLICATION $ SET TABLE items WHERE (id > 100)'],
    ['got a list of columns', 'ALTER PUBLICATION $ SET TABLE items (id)'],
  ])('%s', async (_, change) => {
    const bench = await copied()
    const before = await published(bench)
    await bench.app.query(change.replaceAll('$', bench.names.publication))
    for (let start = 0; start < 2; start++) expect(await bench.start().ended).toMatchObject(changed)
    expect(await published(bench)).toEqual(before)
  })

  test('was dropped', async () => {
    const bench = await copied()
    await bench.app.query(`DROP PUBLICATION ${bench.names.publication}`)
    for (let start = 0; start < 2; start++) expect(await bench.start().ended).toMatchObject(changed)
  })
})

test.each([
  ['loses a table', 'ALTER PUBLICATION $ DROP TABLE items'],
  ['is reduced to inserts', `ALTER PUBLICATION $ SET (publish = 'insert')`],
])('while the connector runs, its publication %s', async (_, change) => {
  const bench = await connectorBench(servers().source, tables)
  const connector = await bench.copied(2)
  await bench.app.query(change.replaceAll('$', bench.names.publication))
  expect(await connector.ended).toMatchObject(changed)
})

test('a publication that nobody has touched is followed on through restarts, and takes new tables in', async () => {
  const bench = await copied()
  await bench.copyOnce(2)
  await bench.app.query(`CREATE TABLE later (id int PRIMARY KEY)`)
  await bench.copyOnce(3)
  await bench.app.query(`ALTER TABLE bag REPLICA IDENTITY FULL`)
  await bench.copyOnce(3)
  const connector = bench.start()
  await untilState(bench.log, allCopied(3))
  await connector.stop()
  expect(await connector.ended).toBeNull()
})

test('a filter that an earlier start has left behind is taken away before anything is copied', async () => {
  const bench = await connectorBench(servers().source, tables)
  const { publication, insertsPublication } = bench.names
  await bench.app.query(
    `CREATE PUBLICATION ${publication} FOR TABLE items WHERE (id > 100); CREATE PUBLICATION ${insertsPublication}`,
  )
  await bench.copyOnce(2)
  const { rows } = await bench.app.query(
    `SELECT tablename, rowfilter FROM pg_publication_tables WHERE pubname = '${publication}'`,
  )
  expect(rows).toEqual([{ tablename: 'items', rowfilter: null }])
})
