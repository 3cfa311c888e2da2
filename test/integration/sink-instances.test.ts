import { expect, onTestFinished, test } from 'vitest'
import { postgresSink } from '../../sinks/postgres/postgres-sink.ts'
import { beginProgress, ensureBookkeeping } from '../../sinks/postgres/progress-table.ts'
import { noOrder } from '../../sinks/event-order.ts'
import type { SinkBatch } from '../../sinks/sink-batch.ts'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const things = testTable('things', [column('id', baseType('int4')), column('note', baseType('text'))], ['id'])
const bench = () => sinkBench(servers().target)
const create = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({
    op: 'c' as const,
    row: { id: `${from + index}`, note: 'x' },
  }))

function emptyBatch(from: bigint, to: bigint): SinkBatch {
  const advances = [{ topic: 'm.public.things', partition: 0, from, to, order: noOrder }]
  return { advances, tables: [], held: [], events: 0, bytes: 0, oldestMs: Number.POSITIVE_INFINITY }
}

async function twoSinks() {
  const { connection, rows, client } = await bench()
  const sinks = ['older', 'newer'].map(name => postgresSink({ name, migration: 'm', connection }))
  onTestFinished(async () => void (await Promise.all(sinks.map(sink => sink.close()))))
  const [older, newer] = sinks
  if (older === undefined || newer === undefined) throw new Error('unreachable')
  await older.ensureTables([])
  await beginProgress(client, 'm', [{ topic: 'm.public.things', partitions: 1 }])
  return { older, newer, rows, places: [{ topic: 'm.public.things', partition: 0 }] }
}

test('an instance whose partitions another has claimed writes nothing more', async () => {
  const { older, newer, rows, places } = await twoSinks()
  const first = await older.claim(places)
  const writer = older.openWriter(first.owner)
  onTestFinished(() => writer.close())
  expect(await writer.apply(emptyBatch(0n, 5n), 'wait')).toBe('applied')
  const second = await newer.claim(places)
  expect(second.progress).toEqual([{ ...places[0], nextOffset: 5n, order: noOrder, topicId: null }])
  await expect(writer.apply(emptyBatch(5n, 9n), 'wait')).rejects.toMatchObject({ code: 'sink.taken_over' })
  expect(await rows('SELECT next_offset::int FROM switchback.progress')).toEqual([[5]])
})

test('a batch whose commit was not heard of is not applied again', async () => {
  const { older, rows, places } = await twoSinks()
  const { owner } = await older.claim(places)
  const writer = older.openWriter(owner)
  onTestFinished(() => writer.close())
  await writer.apply(emptyBatch(0n, 5n), 'wait')
  expect(await writer.apply(emptyBatch(0n, 5n), 'wait')).toBe('parked')
  expect(await rows('SELECT next_offset::int FROM switchback.progress')).toEqual([[5]])
})

test('a truncate waits until every partition of every instance has come to it', async () => {
  const { topics, start, rows, client } = await bench()
  await client.query('CREATE TABLE emptied (at timestamptz)')
  const table = await topics.table(things, 4)
  await topics.publish(table, create(0, 40))
  start()
  start()
  const owners = async () =>
    (await rows('SELECT count(DISTINCT owner)::int FROM switchback.progress').catch(() => [[0]]))[0]?.[0]
  const ids = () => rows('SELECT id FROM things ORDER BY id').catch(() => [])
  await expect.poll(owners).toBe(2)
  await expect.poll(async () => (await ids()).length).toBe(40)
  await topics.publish(table, [
    ...create(100, 120),
    { op: 't' },
    ...create(200, 203),
    { op: 't' },
    ...create(300, 303),
  ])
  await expect.poll(ids).toEqual([[300], [301], [302]])
  await topics.publish(table, [{ op: 'u', row: { id: '300', note: 'y' } }])
  await expect.poll(() => rows(`SELECT count(*)::int FROM things WHERE note = 'y'`)).toEqual([[1]])
  expect(
    await rows('SELECT count(*)::int FROM switchback.progress WHERE waiting_commit IS NOT NULL'),
  ).toEqual([[0]])
})

test('a truncate that was under way when the instance stopped is finished by the next one', async () => {
  const { topics, start, rows } = await bench()
  const table = await topics.table(things, 2)
  await topics.publish(table, create(0, 10))
  const waiting = () =>
    rows('SELECT count(*)::int FROM switchback.progress WHERE waiting_commit IS NOT NULL').catch(() => [])
  const first = start()
  const ids = () => rows('SELECT id FROM things ORDER BY id').catch(() => [])
  await expect.poll(async () => (await ids()).length).toBe(10)
  // Only one of the partitions: the other one's part is on its way.
  await topics.publish(table, [{ op: 't', partition: 0 }])
  await expect.poll(waiting).toEqual([[1]])
  expect(await first.stop()).toBeNull()
  start()
  await topics.publishAgain(table, [
    { op: 't', partition: 1 },
    { op: 'c', row: { id: '77', note: 'z' }, partition: 1 },
  ])
  await expect.poll(ids).toEqual([[77]])
})

test('an instance that comes later takes a share over, and rows go on arriving once', async () => {
  const { topics, start, rows } = await bench()
  const bag = await topics.table(testTable('bag', [column('a', baseType('int4'))], []), 1)
  const table = await topics.table(things, 3)
  const first = start()
  const publish = async (from: number, to: number) => {
    for (let round = from; round < to; round++) {
      await topics.publish(table, create(round * 100, round * 100 + 50))
      await topics.publish(bag, [{ op: 'c', row: { a: `${round}` } }])
    }
  }
  await publish(0, 4)
  start()
  await publish(4, 8)
  expect(await first.stop()).toBeNull()
  await publish(8, 10)
  await expect
    .poll(() =>
      rows('SELECT (SELECT count(*)::int FROM things), (SELECT count(*)::int FROM bag)').catch(() => []),
    )
    .toEqual([[500, 10]])
})

test('what a target has applied reaches the end of the topics, marks of transactions included', async () => {
  const { topics, start, rows, log } = await bench()
  const table = await topics.table(things, 1)
  await topics.publishInTransaction(table, create(0, 3))
  start()
  const end = (await log.ranges([table.state.topic]))[0]?.end
  const next = () => rows('SELECT next_offset::int FROM switchback.progress').catch(() => [])
  await expect.poll(next).toEqual([[Number(end)]])
})

test('instances that start at the same time make the bookkeeping once', async () => {
  const { client, connection } = await bench()
  const other = await openClient(connection)
  // From here on it remembers that there is none, and knows all else that it needs for making one.
  await other.query(`CREATE SCHEMA another; SELECT to_regclass('switchback.progress')`)
  await client.query(
    `BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('switchback bookkeeping', 0)); CREATE SCHEMA switchback`,
  )
  const made = ensureBookkeeping(other)
  const waits = async () =>
    (
      await client.query(
        `SELECT FROM pg_locks JOIN pg_database d ON d.oid = database
         WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted`,
      )
    ).rowCount
  await expect.poll(waits).toBe(1)
  await client.query('COMMIT')
  await made
  expect((await client.query('SELECT FROM switchback.parked')).rowCount).toBe(0)
})
