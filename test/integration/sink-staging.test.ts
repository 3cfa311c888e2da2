import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const patience = { timeout: 60_000, interval: 20 }
const columns = [column('id', baseType('int4')), column('note', baseType('text'))]
const notes = testTable('notes', columns, ['id'])
const bag = testTable('notes', columns, [])
const note = (id: number, text: string) => ({ id: `${id}`, note: text })
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

const stored = `SELECT id, note FROM notes ORDER BY id`
/** Staging tables of all sessions. */
const stages = `SELECT xmin::text FROM pg_class WHERE relname LIKE 'switchback_stage_%'`
const parked = `SELECT count(*)::int FROM switchback.parked WHERE status = 'parked'`
/** How many rows, by how many transactions, and with which text. */
const written = `SELECT count(*)::int, count(DISTINCT xmin::text)::int, min(rtrim(note, '.')) FROM notes`

test('new rows go into a table with a key without a staging table, and changed ones through one', async () => {
  const { topics, start, rows } = await sinkBench(servers().target)
  const table = await topics.table(notes, 1)
  await topics.publish(table, [{ op: 'r', row: note(1, 'copied') }])
  start()
  await expect.poll(() => rows(stored).catch(() => []), patience).toEqual([[1, 'copied']])
  await topics.publish(table, [{ op: 'c', row: note(2, 'inserted') }])
  await expect.poll(async () => (await rows(stored)).length, patience).toBe(2)
  expect(await rows(stages)).toEqual([])
  await topics.publish(table, [{ op: 'u', row: note(2, 'changed') }])
  await expect
    .poll(() => rows(stored), patience)
    .toEqual([
      [1, 'copied'],
      [2, 'changed'],
    ])
  expect(await rows(stages)).toHaveLength(1)
})

test('only deletions need a staging table where there is no key', async () => {
  const { topics, start, rows } = await sinkBench(servers().target)
  const table = await topics.table(bag, 1)
  await topics.publish(
    table,
    upTo(3).map(id => ({ op: 'c', row: note(id, 'a') })),
  )
  start()
  await expect.poll(async () => (await rows(stored).catch(() => [])).length, patience).toBe(3)
  expect(await rows(stages)).toEqual([])
  await topics.publish(table, [{ op: 'd', old: note(2, 'a') }])
  await expect.poll(async () => (await rows(stored)).length, patience).toBe(2)
  expect(await rows(stages)).toHaveLength(1)
})

test('rows that were said to be new and are there find a staging table all the same', async () => {
  const { topics, client, start, rows } = await sinkBench(servers().target)
  const table = await topics.table(notes, 1)
  await topics.publish(table, [{ op: 'r', row: note(1, 'copied') }])
  start()
  await expect.poll(() => rows(stored).catch(() => []), patience).toEqual([[1, 'copied']])
  await client.query(`ALTER TABLE notes ADD CHECK (note <> 'refused')`)
  // One after the other: over a row that is there, and refused in every way of writing it.
  await topics.publish(table, [{ op: 'c', row: note(1, 'again') }])
  await expect.poll(() => rows(stored), patience).toEqual([[1, 'again']])
  await topics.publish(table, [
    { op: 'c', row: note(2, 'refused') },
    { op: 'c', row: note(3, 'taken') },
  ])
  await expect
    .poll(() => rows(stored), patience)
    .toEqual([
      [1, 'again'],
      [3, 'taken'],
    ])
  expect(await rows('SELECT code FROM switchback.parked')).toEqual([['postgres.row_refused']])
})

test('a staging table that has taken much is emptied in the transaction that uses it, also when one was rolled back before', async () => {
  const count = 600
  const { topics, client, start, rows } = await sinkBench(servers().target)
  await client.query(`CREATE TABLE notes (id int PRIMARY KEY CHECK (id <= ${count}), note text)`)
  const table = await topics.table(notes, 1)
  start()
  let emptied = 0
  for (const [index, text] of ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'].entries()) {
    const round = upTo(count).map(id => note(id, text.padEnd(1_000, '.')))
    await topics.publish(
      table,
      round.map(row => ({ op: 'u', row })),
    )
    await expect.poll(() => rows(written).catch(() => []), patience).toEqual([[count, 1, text]])
    const [[transaction] = []] = await rows('SELECT xmin::text FROM notes LIMIT 1')
    if ((await rows(stages))[0]?.[0] === transaction) emptied++
    // Refused in every way of writing it: each but the last is rolled back.
    await topics.publish(table, [{ op: 'u', row: note(count + 1 + index, 'too many') }])
    await expect.poll(() => rows(parked), patience).toEqual([[index + 1]])
  }
  expect(emptied).toBeGreaterThan(1)
})
