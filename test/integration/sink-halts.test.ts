import { expect, test } from 'vitest'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { baseType } from '../support/column-types.ts'
import { overriding } from '../support/fire/overriding.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const things = testTable('things', [column('id', baseType('int4'))], ['id'])

async function oneRow() {
  const made = await sinkBench(servers().target)
  const table = await made.topics.table(things, 1)
  await made.topics.publish(table, [{ op: 'c', row: { id: '1' } }])
  const running = made.start()
  await expect.poll(() => made.rows('SELECT id FROM things').catch(() => [])).toEqual([[1]])
  return { ...made, table, running }
}

test('a record that is no change event halts the sink at its place, with everything before it applied', async () => {
  const { log, table, running, rows } = await oneRow()
  const writer = new RecordBatchWriter(64)
  writer.append(recordSpan(Buffer.from('k'), Buffer.from('garbage')), null)
  await log.append(writer.encoded(table.state.topic, 0))
  const failure = await running.ended
  expect(failure).toMatchObject({ code: 'event.undecodable', details: { place: 'm.public.things/0@1' } })
  expect(await rows('SELECT next_offset::int FROM switchback.progress')).toEqual([[1]])
})

test('a new column whose values are not known halts the sink and names the column', async () => {
  const { topics, running } = await oneRow()
  const wider = testTable(
    'things',
    [...things.columns, column('made', baseType('timestamptz'), { default: 'now()' })],
    ['id'],
  )
  const next = await topics.table(wider, 1)
  await topics.publish(next, [{ op: 'c', row: { id: '2', made: '2026-01-01 00:00:00+00' } }])
  expect(await running.ended).toMatchObject({
    code: 'schema.target_column_missing',
    details: { table: 'public.things', column: 'made' },
  })
})

test('a topic that no longer holds what a new target needs halts the sink', async () => {
  const { log, topics, start } = await sinkBench(servers().target)
  const table = await topics.table(things, 1)
  await topics.publish(table, [{ op: 'c', row: { id: '1' } }])
  await topics.publish(table, [{ op: 'c', row: { id: '2' } }])
  log.trim({ topic: table.state.topic, partition: 0 }, 1n)
  expect(await start().ended).toMatchObject({ code: 'kafka.offset_lost' })
})

test('progress that a target has of a topic of the same name that was deleted is not gone on with', async () => {
  const { log, topics, table, running, start, rows } = await oneRow()
  expect(await running.stop()).toBeNull()
  const { topic } = table.state
  await log.deleteTopics([topic])
  // As after a table was left out and has come back: the state topic knows the new topic only.
  const again = await topics.table(things, 1)
  await topics.publish(
    again,
    ['2', '3', '4'].map(id => ({ op: 'c', row: { id } })),
  )
  expect(await start().ended).toMatchObject({
    code: 'kafka.topic_missing',
    message: expect.stringContaining('was deleted and made again'),
  })
  expect(await rows('SELECT id FROM things')).toEqual([[1]])
})

test('a topic that is deleted, made again and filled between two looks of a sink halts it', async () => {
  const { log, topics, table, running } = await oneRow()
  const { topic } = table.state
  const config = {}
  await log.deleteTopics([topic])
  await log.ensureTopics([{ topic, partitions: 1, replication: 1, compacted: false, config }])
  await topics.publish(
    table,
    ['2', '3', '4'].map(id => ({ op: 'c', row: { id } })),
  )
  expect(await running.ended).toMatchObject({
    code: 'kafka.topic_missing',
    message: expect.stringContaining('was deleted and made again'),
  })
})

test('a state topic that is deleted ends no sink: it goes on with the tables that it knows', async () => {
  const { log, topics, start, rows } = await sinkBench(servers().target)
  const table = await topics.table(things, 1)
  let lookedForTopic = 0
  const ask = (prefix: string) => {
    lookedForTopic++
    return log.topics(prefix)
  }
  const running = start({ log: overriding(log, { topics: ask }) })
  await topics.publish(table, [{ op: 'c', row: { id: '1' } }])
  const stored = () => rows('SELECT id FROM things ORDER BY id').catch(() => [])
  await expect.poll(stored).toEqual([[1]])
  const before = lookedForTopic
  await log.deleteTopics(['m.state'])
  await expect.poll(() => lookedForTopic).toBeGreaterThan(before)
  await topics.publish(table, [{ op: 'c', row: { id: '2' } }])
  await expect.poll(stored).toEqual([[1], [2]])
  expect(await running.stop()).toBeNull()
})
