import { expect, test } from 'vitest'
import { connect } from '../../databases/postgres/connect.ts'
import type { FetchedBatch } from '../../kafka/log.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const people = testTable(
  'people',
  [column('id', baseType('int4')), column('email', baseType('text'))],
  ['id'],
)
const person = (id: number, email: string) => ({ id: `${id}`, email })
const bench = () => sinkBench(servers().target)

async function withPeople(constraint: string) {
  const made = await bench()
  await made.client.query('CREATE TABLE people (id int PRIMARY KEY, email text)')
  await made.client.query(`ALTER TABLE people ADD ${constraint}`)
  const table = await made.topics.table(people, 2)
  const stored = () => made.rows('SELECT id, email FROM people ORDER BY id')
  const parked = () =>
    made.rows('SELECT status, code FROM switchback.parked ORDER BY record_offset').catch(() => [])
  return { ...made, table, stored, parked }
}

/** The row 1 is parked, because its address is `bad`, and its next address is held behind it. */
async function withHeldEvent(constraint: string, email: string) {
  const made = await withPeople(constraint)
  const { topics, start, table, parked } = made
  await topics.publish(table, [{ op: 'c', row: person(1, 'bad') }])
  start()
  await expect.poll(async () => (await parked()).length).toBe(1)
  await topics.publish(table, [{ op: 'u', row: person(1, email) }])
  await expect.poll(async () => (await parked()).length).toBe(2)
  return made
}

test('what the target refuses is parked with all later events of its key, and everything else arrives', async () => {
  const { topics, start, table, stored, parked, cluster } = await withPeople(`CHECK (email <> 'bad')`)
  await topics.publish(
    table,
    Array.from({ length: 50 }, (_, id) => ({ op: 'c' as const, row: person(id, id === 7 ? 'bad' : 'good') })),
  )
  start()
  await expect.poll(async () => (await stored()).length).toBe(49)
  await topics.publish(table, [{ op: 'u', row: person(7, 'good') }])
  await expect.poll(parked).toEqual([
    ['parked', 'postgres.row_refused'],
    ['held', 'held'],
  ])
  await expect.poll(() => deadLetters(cluster)).toEqual(['sb.code=postgres.row_refused', 'sb.code=held'])
})

test('what is parked is copied to the dead-letter topic although all of it is resolved before', async () => {
  const { topics, start, table, parked, cluster, client } = await withPeople(`CHECK (email <> 'bad')`)
  const many = 120
  await topics.publish(
    table,
    Array.from({ length: many }, (_, id) => ({ op: 'c' as const, row: person(id, 'bad') })),
  )
  const running = start()
  await expect.poll(async () => (await parked()).length).toBe(many)
  await client.query(`UPDATE switchback.parked SET requested_action = 'drop'`)
  const open = async () => (await parked()).filter(([status]) => status === 'parked').length
  await expect.poll(open).toBe(0)
  // Whoever has the partitions next goes on with the copies.
  expect(await running.stop()).toBeNull()
  start()
  await expect.poll(async () => (await deadLetters(cluster)).length).toBeGreaterThanOrEqual(many)
})

async function deadLetters(cluster: Parameters<typeof openMemoryLog>[0]): Promise<string[]> {
  const log = openMemoryLog(cluster)
  const found: string[] = []
  const take = (batch: FetchedBatch) => {
    const cursor = new RecordCursor()
    cursor.open(batch)
    while (cursor.next())
      found.push(
        ...cursor
          .headers()
          .flatMap(([name, value]) => (name === 'sb.code' ? [`${name}=${String(value)}`] : [])),
      )
  }
  const from = { topic: 'm.dead-letters', partition: 0, offset: 0n }
  await log.readToEnd(from, take, new AbortController().signal)
  await log.close()
  return found
}

test('a retry applies the parked events of a key in order, and its later events flow again', async () => {
  const { topics, table, stored, parked, client } = await withHeldEvent(
    `CONSTRAINT fine CHECK (email <> 'bad')`,
    'second',
  )
  await client.query('ALTER TABLE people DROP CONSTRAINT fine')
  await client.query(`UPDATE switchback.parked SET requested_action = 'retry' WHERE status = 'parked'`)
  await expect.poll(stored).toEqual([[1, 'second']])
  await expect.poll(parked).toEqual([
    ['applied', 'postgres.row_refused'],
    ['applied', 'held'],
  ])
  await topics.publish(table, [{ op: 'u', row: person(1, 'third') }])
  await expect.poll(stored).toEqual([[1, 'third']])
})

test('a drop gives one event up and applies the rest of its key', async () => {
  const { stored, parked, client } = await withHeldEvent(`CHECK (email <> 'bad')`, 'good')
  await client.query(`UPDATE switchback.parked SET requested_action = 'drop' WHERE status = 'parked'`)
  await expect.poll(stored).toEqual([[1, 'good']])
  expect((await parked()).map(([status]) => status)).toEqual(['dropped', 'applied'])
})

test('a partial update that finds no row is parked', async () => {
  const { topics, start, table, parked } = await withPeople(`CHECK (true)`)
  await topics.publish(table, [{ op: 'u', row: { id: '1', email: { absent: true } } }])
  start()
  await expect.poll(parked).toEqual([['parked', 'sink.row_missing']])
})

test('rows that swap unique values are written, in one batch or in several, on whatever partitions', async () => {
  const { topics, start, table, stored, parked } = await withPeople('UNIQUE (email)')
  const write = (op: 'c' | 'u', id: number, email: string, partition: number) => ({
    op,
    row: person(id, email),
    partition,
  })
  await topics.publish(table, [write('c', 1, 'a', 0), write('c', 2, 'b', 1), write('c', 3, 'c', 0)])
  start()
  await expect.poll(async () => (await stored()).length).toBe(3)
  await topics.publish(table, [write('u', 1, 'b', 0), write('u', 2, 'a', 1)])
  await expect.poll(stored).toEqual([
    [1, 'b'],
    [2, 'a'],
    [3, 'c'],
  ])
  // The row that gives the value away comes last, and alone.
  await topics.publish(table, [write('u', 1, 'c', 0)])
  await topics.publish(table, [write('u', 3, 'd', 0)])
  await expect.poll(stored).toEqual([
    [1, 'c'],
    [2, 'a'],
    [3, 'd'],
  ])
  expect(await parked()).toEqual([])
})

test('a unique value that nobody gives away is parked in the end', async () => {
  const { topics, start, table, stored, parked } = await withPeople('UNIQUE (email)')
  await topics.publish(table, [
    { op: 'c', row: person(1, 'a') },
    { op: 'c', row: person(2, 'b') },
  ])
  start({ conflictPatienceMs: 300 })
  await expect.poll(async () => (await stored()).length).toBe(2)
  await topics.publish(table, [{ op: 'u', row: person(2, 'a') }])
  await expect.poll(parked).toEqual([['parked', 'sink.unique_conflict']])
  expect(await stored()).toEqual([
    [1, 'a'],
    [2, 'b'],
  ])
})

test('a target that is cut off again and again still gets every row once', async () => {
  const { topics, start, connection, rows } = await bench()
  const bag = await topics.table(testTable('bag', [column('a', baseType('int4'))], []), 1)
  start()
  const killer = await connect({ ...connection, database: 'postgres', applicationName: 'killer' })
  const counts = () => rows('SELECT count(*)::int, count(DISTINCT a)::int FROM bag').catch(() => [])
  let cut = 0
  let published = 0
  while (cut < 10) {
    const more = Array.from({ length: 20 }, () => ({ op: 'c' as const, row: { a: `${published++}` } }))
    await topics.publish(bag, more)
    const { rowCount } = await killer.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE '%progress%'`,
      [connection.database],
    )
    cut += rowCount ?? 0
    await expect.poll(counts).toEqual([[published, published]])
  }
  await killer.end()
})

test('events that are held behind nothing any more are applied without being asked for', async () => {
  const { stored, client } = await withHeldEvent(`CHECK (email <> 'bad')`, 'good')
  await client.query(`UPDATE switchback.parked SET status = 'dropped' WHERE status = 'parked'`)
  await expect.poll(stored).toEqual([[1, 'good']])
})
