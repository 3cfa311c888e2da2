import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'
import type { TextRow } from '../support/text-row.ts'

failOnLeaks()

const patience = { timeout: 60_000, interval: 20 }
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const places = 'SELECT id, place FROM wide ORDER BY id'
const parked = 'SELECT code FROM switchback.parked'

/** A table `wide` with so many columns, all but the first two of which are null, and a sink for it. */
async function withWide(width: number, key: readonly string[]) {
  const bench = await sinkBench(servers().target)
  const names = ['id', 'place', ...upTo(width - 2).map(number => `c${number}`)]
  const declared = [`id int ${key.length === 0 ? '' : 'PRIMARY KEY'}`, 'place int CHECK (place < 100)']
  const others = names.slice(2).map(name => `${name} int`)
  await bench.client.query(`CREATE TABLE wide (${[...declared, ...others].join(', ')})`)
  const schema = testTable(
    'wide',
    names.map(name => column(name, baseType('int4'))),
    key,
  )
  const table = await bench.topics.table(schema, 1)
  const blank = Object.fromEntries(names.map(name => [name, null]))
  const row = (id: number, place: number): TextRow => ({ ...blank, id: `${id}`, place: `${place}` })
  await bench.topics.publish(
    table,
    upTo(4).map(id => ({ op: 'c', row: row(id, id) })),
  )
  bench.start()
  await expect.poll(() => bench.rows(places), patience).toEqual(upTo(4).map(id => [id, id]))
  return { ...bench, table, row }
}

// The check of the target refuses tables with one column more.
test('a table with a key and 1,598 columns is changed in every way', async () => {
  const { topics, client, table, row, rows } = await withWide(1_598, ['id'])
  await topics.publish(table, [
    { op: 'u', row: row(1, 11) },
    { op: 'u', row: { ...row(2, 12), c1: { absent: true } } },
    { op: 'd', old: { id: '4' } },
  ])
  const changed = [
    [1, 11],
    [2, 12],
    [3, 3],
  ]
  await expect.poll(() => rows(places), patience).toEqual(changed)
  await client.query('CREATE UNIQUE INDEX ON wide (place)')
  await topics.publish(table, [
    { op: 'u', row: row(1, 12) },
    { op: 'u', row: { ...row(2, 11), c1: { absent: true } } },
    { op: 'u', row: row(3, 100) },
  ])
  const swapped = [
    [1, 12],
    [2, 11],
    [3, 3],
  ]
  await expect.poll(() => rows(places), patience).toEqual(swapped)
  expect(await rows(parked)).toEqual([['postgres.row_refused']])
})

test('a table without a key and 1,599 columns is changed in every way', async () => {
  const { topics, table, row, rows } = await withWide(1_599, [])
  await topics.publish(table, [
    { op: 'u', old: row(1, 1), row: row(1, 11) },
    { op: 'd', old: row(4, 4) },
  ])
  const changed = [
    [1, 11],
    [2, 2],
    [3, 3],
  ]
  await expect.poll(() => rows(places), patience).toEqual(changed)
  await topics.publish(table, [
    { op: 'u', old: row(2, 2), row: row(2, 100) },
    { op: 'd', old: row(3, 3) },
  ])
  await expect.poll(() => rows(places), patience).toEqual(changed.slice(0, 2))
  expect(await rows(parked)).toEqual([['postgres.row_refused']])
})
