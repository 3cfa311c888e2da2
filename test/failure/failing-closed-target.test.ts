import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { type SinkBench, sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import type { SourceTable } from '../support/source-topics.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const items = testTable('items', [column('id', baseType('int4')), column('note', baseType('text'))], ['id'])
const partitions = 2

const rowsOf = (ids: readonly number[], note: string) => ids.map(id => ({ id: String(id), note }))
const noted = (bench: SinkBench) => bench.rows('SELECT note, count(*)::int FROM items GROUP BY 1 ORDER BY 1')
const applied = (bench: SinkBench) =>
  bench.rows('SELECT sum(next_offset)::int FROM switchback.progress').catch(() => [])
const ids = Array.from({ length: 10 }, (_, index) => index)

/** Ten rows of a snapshot and a change of each, in the target. Then the sink stops. */
async function applyOnce(): Promise<{ bench: SinkBench; table: SourceTable }> {
  const bench = await sinkBench(servers().target)
  const table = await bench.topics.table(items, partitions)
  await bench.topics.publish(
    table,
    rowsOf(ids, 'copied').map(row => ({ op: 'r', row })),
  )
  await bench.topics.publish(
    table,
    rowsOf(ids, 'changed').map(row => ({ op: 'u', row })),
  )
  await appliedBy(bench)
  return { bench, table }
}

/** A sink applies all that there is, and stops. */
async function appliedBy(bench: SinkBench): Promise<void> {
  const ranges = await bench.log.ranges(['m.public.items'])
  const all = ranges.reduce((sum, { end }) => sum + Number(end), 0)
  const sink = bench.start()
  await expect.poll(() => applied(bench)).toEqual([[all]])
  expect(await sink.stop()).toBeNull()
}

test.each([
  ['moved back', 'UPDATE switchback.progress SET next_offset = next_offset - 1'],
  [
    'moved back together with its order',
    'UPDATE switchback.progress SET next_offset = 1, commit_order = -1, event_order = 0',
  ],
  ['moved forward', 'UPDATE switchback.progress SET next_offset = next_offset + 1'],
  ['deleted for one partition', 'DELETE FROM switchback.progress WHERE partition = 1'],
])('progress that was %s halts the sink, and no row changes', async (_, tamper) => {
  const { bench, table } = await applyOnce()
  await bench.client.query(tamper)
  await bench.topics.publish(
    table,
    rowsOf(ids, 'later').map(row => ({ op: 'u', row })),
  )
  for (let start = 0; start < 2; start++)
    expect(await bench.start().ended).toMatchObject({
      code: 'sink.progress_changed',
      message: expect.stringContaining('the progress of m.public.items/'),
    })
  expect(await noted(bench)).toEqual([['changed', 10]])
})

test('progress that is put back as the remedy says lets the sink go on to all rows', async () => {
  const { bench, table } = await applyOnce()
  await bench.client.query(
    'CREATE TABLE kept AS TABLE switchback.progress; DELETE FROM switchback.progress WHERE partition = 1',
  )
  expect(await bench.start().ended).toMatchObject({ code: 'sink.progress_changed' })
  await bench.client.query(
    'DELETE FROM switchback.progress; INSERT INTO switchback.progress TABLE kept; DROP TABLE kept',
  )
  await bench.topics.publish(
    table,
    rowsOf(ids, 'later').map(row => ({ op: 'u', row })),
  )
  await appliedBy(bench)
  expect(await noted(bench)).toEqual([['later', 10]])
})

test('progress that is moved while the sink runs stops its next transaction', async () => {
  const { bench, table } = await applyOnce()
  const owners = () => bench.rows('SELECT DISTINCT owner FROM switchback.progress')
  const before = await owners()
  const sink = bench.start()
  await expect.poll(owners).not.toEqual(before)
  await bench.client.query('UPDATE switchback.progress SET next_offset = next_offset - 1')
  await bench.topics.publish(
    table,
    rowsOf(ids, 'later').map(row => ({ op: 'u', row })),
  )
  expect(await sink.ended).toMatchObject({ code: 'sink.taken_over' })
  expect(await noted(bench)).toEqual([['changed', 10]])
})

test.each([
  ['deleted', 'DELETE FROM switchback.progress'],
  ['set to its beginning', 'UPDATE switchback.progress SET next_offset = 0, commit_order = -1'],
])(
  'all progress %s, with the rows still there, halts the sink before it applies anything a second time',
  async (_, tamper) => {
    const { bench } = await applyOnce()
    await bench.client.query(tamper)
    expect(await bench.start().ended).toMatchObject({ code: 'target.table_not_empty' })
    expect(await noted(bench)).toEqual([['changed', 10]])
  },
)

test('another database that is empty gets everything again, as long as Kafka has all of it', async () => {
  const { bench, table } = await applyOnce()
  await bench.client.query('DROP TABLE items; DROP SCHEMA switchback CASCADE')
  await bench.topics.publish(
    table,
    rowsOf([1], 'later').map(row => ({ op: 'u', row })),
  )
  await appliedBy(bench)
  expect(await noted(bench)).toEqual([
    ['changed', 9],
    ['later', 1],
  ])
})

test('another database that is empty halts the sink when Kafka has lost the beginning', async () => {
  const { bench } = await applyOnce()
  await bench.client.query('DROP TABLE items; DROP SCHEMA switchback CASCADE')
  bench.log.trim({ topic: 'm.public.items', partition: 0 }, 2n)
  expect(await bench.start().ended).toMatchObject({ code: 'kafka.offset_lost' })
  expect(await noted(bench)).toEqual([])
})

const backup = `CREATE SCHEMA backup; CREATE TABLE backup.items AS TABLE items; CREATE TABLE backup.progress AS TABLE switchback.progress`
const restore = `TRUNCATE items, switchback.progress; INSERT INTO items TABLE backup.items; INSERT INTO switchback.progress TABLE backup.progress`

test('a target restored to an older state, rows and progress together, is brought up again while Kafka has the events', async () => {
  const { bench, table } = await applyOnce()
  await bench.client.query(backup)
  await bench.topics.publish(table, [
    ...rowsOf(ids.slice(0, 5), 'later').map(row => ({ op: 'u' as const, row })),
    ...rowsOf(ids.slice(5), 'later').map(old => ({ op: 'd' as const, old })),
  ])
  await appliedBy(bench)
  await bench.client.query(restore)
  await appliedBy(bench)
  expect(await noted(bench)).toEqual([['later', 5]])
})

test('a target restored to an older state halts when Kafka has lost the events in between', async () => {
  const { bench, table } = await applyOnce()
  await bench.client.query(backup)
  const [before] = await bench.log.ranges(['m.public.items'])
  await bench.topics.publish(
    table,
    rowsOf(ids, 'later').map(row => ({ op: 'u', row })),
  )
  await appliedBy(bench)
  await bench.client.query(restore)
  bench.log.trim({ topic: 'm.public.items', partition: 0 }, (before?.end ?? 0n) + 1n)
  expect(await bench.start().ended).toMatchObject({ code: 'kafka.offset_lost' })
  expect((await noted(bench)).flat()).not.toContain('copied')
})
