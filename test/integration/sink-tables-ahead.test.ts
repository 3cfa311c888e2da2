import { expect, onTestFinished, test } from 'vitest'
import { postgresSink } from '../../sinks/postgres/postgres-sink.ts'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { type SinkBench, sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const notes = (name: string) =>
  testTable(name, [column('id', baseType('int4')), column('note', baseType('text'))], ['id'])

/** A sink that notes for which tables it was asked one by one. */
function watchedSink({ connection }: SinkBench) {
  const sink = postgresSink({ name: 'new', migration: 'm', connection })
  onTestFinished(() => sink.close())
  const alone: string[] = []
  const prepare = sink.prepare.bind(sink)
  sink.prepare = version => {
    alone.push(version.id)
    return prepare(version)
  }
  return { sink, alone }
}

test('tables that are met at the same time are looked at together', async () => {
  const bench = await sinkBench(servers().target)
  for (const name of ['one', 'two', 'three', 'four'])
    await bench.topics.publish(await bench.topics.table(notes(name), 2), [
      { op: 'r', row: { id: '1', note: name } },
    ])
  const { sink, alone } = watchedSink(bench)
  bench.start({ sink })
  const all = `SELECT note FROM one UNION ALL SELECT note FROM two UNION ALL SELECT note FROM three UNION ALL SELECT note FROM four`
  const expected = [['one'], ['two'], ['three'], ['four']]
  await expect.poll(() => bench.rows(all).catch(() => [])).toEqual(expected)
  expect(alone).toHaveLength(1)
})

test('a table that lacks a column when another one is met gets it when its own events come', async () => {
  const { one, two, bench, alone } = await startedOnTwo()
  await bench.client.query('ALTER TABLE two DROP note')
  await bench.topics.publish(one, [{ op: 'r', row: { id: '1', note: 'a' } }])
  await expect.poll(() => bench.rows('SELECT * FROM one')).toEqual([[1, 'a']])
  await bench.topics.publish(two, [{ op: 'r', row: { id: '2', note: 'b' } }])
  await expect.poll(() => bench.rows('SELECT * FROM two')).toEqual([[2, 'b']])
  expect(alone).toEqual(['public.one', 'public.two'])
})

test('a table that cannot take its rows stops the sink when they come, and not when another one is met', async () => {
  const { one, two, bench, running } = await startedOnTwo()
  await bench.client.query('ALTER TABLE two ALTER note TYPE int USING 0')
  await bench.topics.publish(one, [{ op: 'r', row: { id: '1', note: 'a' } }])
  await expect.poll(() => bench.rows('SELECT * FROM one')).toEqual([[1, 'a']])
  await bench.topics.publish(two, [{ op: 'r', row: { id: '2', note: 'b' } }])
  expect(await running.ended).toMatchObject({ code: 'schema.target_type_differs' })
})

/** Two tables that are made in the target, and of which no event was met. */
async function startedOnTwo() {
  const bench = await sinkBench(servers().target)
  const one = await bench.topics.table(notes('one'), 1)
  const two = await bench.topics.table(notes('two'), 1)
  const { sink, alone } = watchedSink(bench)
  const running = bench.start({ sink })
  await expect.poll(() => bench.rows('SELECT * FROM two').catch(() => null)).toEqual([])
  return { bench, one, two, running, alone }
}
