import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const patience = { timeout: 60_000, interval: 50 }
const seats = testTable(
  'seats',
  [column('id', baseType('int4')), column('place', baseType('int4')), column('guest', baseType('text'))],
  ['id'],
)
const seat = (id: number, place: number, guest = 'somebody') => ({ id: `${id}`, place: `${place}`, guest })
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

async function withSeats(rows: number, when = '') {
  const bench = await sinkBench(servers().target)
  await bench.client.query(
    `CREATE TABLE seats (id int PRIMARY KEY, place int CONSTRAINT one_each UNIQUE ${when}, guest text CHECK (guest <> 'nobody'))`,
  )
  const table = await bench.topics.table(seats, 1)
  await bench.topics.publish(
    table,
    upTo(rows).map(id => ({ op: 'c' as const, row: seat(id, id) })),
  )
  bench.start({ conflictPatienceMs: 100 })
  const stored = () => bench.rows('SELECT id, place FROM seats ORDER BY id')
  await expect.poll(async () => (await stored()).length, patience).toBe(rows)
  const parked = () =>
    bench.rows('SELECT code, status, count(*)::int FROM switchback.parked GROUP BY 1, 2 ORDER BY 1, 2')
  const retry = async () => {
    await bench.client.query('ALTER TABLE seats DROP CONSTRAINT seats_guest_check')
    await bench.client.query(
      `UPDATE switchback.parked SET requested_action = 'retry' WHERE code = 'postgres.row_refused'`,
    )
  }
  return { ...bench, table, stored, parked, retry }
}

const moved = (rows: number) => upTo(rows).map(id => [id, id + 1])

test('a long chain of rows that wait for the last one is parked, and written when that one has come', async () => {
  const rows = 300
  const { topics, table, stored, parked } = await withSeats(rows)
  const moves = upTo(rows - 1).map(id => ({ op: 'u' as const, row: seat(id, id + 1) }))
  await topics.publish(table, moves)
  await expect.poll(parked, patience).toEqual([['sink.unique_conflict', 'parked', rows - 1]])
  expect(await stored()).toEqual(upTo(rows).map(id => [id, id]))
  await topics.publish(table, [{ op: 'u', row: seat(rows, rows + 1) }])
  await expect.poll(stored, patience).toEqual(moved(rows))
  await expect.poll(parked, patience).toEqual([['sink.unique_conflict', 'applied', rows - 1]])
})

test('what is refused for good does not keep rows from changing places', async () => {
  const rows = 40
  const { topics, table, stored, parked, retry } = await withSeats(rows)
  const changes = upTo(rows).map(id => ({
    op: 'u' as const,
    row: seat(id, id === rows ? 1 : id + 1, id === 7 || id === 9 ? 'nobody' : 'somebody'),
  }))
  await topics.publish(table, changes)
  // Nobody may have the places of the two that stay, nor of those who wait for these.
  await expect.poll(parked, patience).toEqual([
    ['postgres.row_refused', 'parked', 2],
    ['sink.unique_conflict', 'parked', rows - 2],
  ])
  await retry()
  await expect.poll(stored, patience).toEqual(upTo(rows).map(id => [id, id === rows ? 1 : id + 1]))
})

// The server checks them by a trigger, which is quiet for us.
test.each(['DEFERRABLE', 'DEFERRABLE INITIALLY DEFERRED'])(
  'a refused row of a table whose unique constraint is %s is parked alone',
  async when => {
    const { topics, table, stored, parked, retry } = await withSeats(5, when)
    const changes = upTo(5).map(id => ({
      op: 'u' as const,
      row: seat(id, id === 5 ? 1 : id + 1, id === 3 ? 'nobody' : 'somebody'),
    }))
    await topics.publish(table, changes)
    await expect.poll(parked, patience).toEqual([['postgres.row_refused', 'parked', 1]])
    await retry()
    await expect.poll(stored, patience).toEqual(upTo(5).map(id => [id, id === 5 ? 1 : id + 1]))
  },
)

test.each([
  ['PRIMARY KEY DEFERRABLE', 'seats_pkey'],
  ['CONSTRAINT "my key" UNIQUE DEFERRABLE INITIALLY DEFERRED', '"my key"'],
])(
  'rows are not merged by a key that is also %s, until the remedy was followed',
  async (constraint, name) => {
    const { client, topics, start, rows } = await sinkBench(servers().target)
    await client.query(
      `CREATE TABLE seats (id int NOT NULL ${constraint}, place int, guest text); CREATE UNIQUE INDEX ON seats (id)`,
    )
    const table = await topics.table(seats, 1)
    await topics.publish(table, [{ op: 'r', row: seat(1, 1) }])
    await topics.publish(table, [{ op: 'u', row: seat(1, 2) }])
    const refused = await start().ended
    expect(refused).toMatchObject({ code: 'target.table_differs', message: expect.stringContaining(name) })
    const remedy = /ALTER TABLE .*?(?=\.$)/m.exec(String(refused))?.[0] ?? ''
    await client.query(remedy)
    start()
    await expect.poll(() => rows('SELECT id, place FROM seats')).toEqual([[1, 2]])
    const { rows: constraints } = await client.query(
      `SELECT condeferrable FROM pg_constraint WHERE conrelid = 'seats'::regclass AND contype IN ('p', 'u')`,
    )
    expect(constraints).toEqual([{ condeferrable: false }])
  },
)

test('a conflict names the constraint', async () => {
  const { client, topics, table, parked } = await withSeats(2)
  await topics.publish(table, [{ op: 'u', row: seat(2, 1) }])
  await expect.poll(parked, patience).toEqual([['sink.unique_conflict', 'parked', 1]])
  const { rows } = await client.query<{ message: string }>('SELECT message FROM switchback.parked')
  expect(rows[0]?.message).toContain('one_each')
})

test('a thousand rows that never fit do not keep another one from being tried', async () => {
  const many = 1_001
  const { topics, table, client, parked, rows } = await withSeats(1)
  // Rows of somebody else have the places.
  await client.query(`INSERT INTO seats SELECT -n, n FROM generate_series(2, ${many + 1}) n`)
  const late = many + 1
  await topics.publish(
    table,
    upTo(late)
      .slice(1)
      .map(place => ({ op: 'c' as const, row: seat(place, place) })),
  )
  await expect.poll(parked, patience).toEqual([['sink.unique_conflict', 'parked', many]])
  await client.query(`DELETE FROM seats WHERE id = -${late}`)
  await expect.poll(() => rows(`SELECT id FROM seats WHERE place = ${late}`), patience).toEqual([[late]])
})
