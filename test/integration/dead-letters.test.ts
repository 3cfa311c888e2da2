import { expect, onTestFinished, test } from 'vitest'
import { deadLetters } from '../../control/dead-letters.ts'
import { RowNames } from '../../control/row-names.ts'
import { TargetProgressReader } from '../../control/target-progress.ts'
import { connect } from '../../databases/postgres/connect.ts'
import { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { topicRegistry } from '../../schemas/registry/topic-registry.ts'
import { ensureBookkeeping } from '../../sinks/postgres/progress-table.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal

const insert = `
INSERT INTO switchback.parked (migration, topic, partition, record_offset, value, headers, status, code, message)
VALUES ($1, 'shop.public.a', 2, $2, '', '[]', $3, 'sink.row_refused', 'too long')`

/** Nothing was published. */
const unknownTables = () =>
  new RowNames([], topicRegistry(openMemoryLog(new MemoryCluster()), new AbortController().signal))

async function targetWith(events: readonly (readonly [migration: string, offset: number, status: string])[]) {
  const database = await freshDatabase(servers().target)
  const options = optionsOf(database)
  const session = await connect(options)
  await ensureBookkeeping(session)
  for (const event of events) await session.query(insert, [...event])
  await session.end()
  return { options, letters: deadLetters(options, 'shop', never) }
}

test('a target that has no tables of ours has nothing parked', async () => {
  const letters = deadLetters(optionsOf(await freshDatabase(servers().target)), 'shop', never)
  expect(await letters.list(unknownTables())).toEqual([])
})

test('the list shows what is unresolved in this migration, with its place and reason', async () => {
  const { letters } = await targetWith([
    ['shop', 10, 'parked'],
    ['shop', 9, 'held'],
    ['shop', 11, 'applied'],
    ['shop', 12, 'dropped'],
    ['other', 13, 'parked'],
  ])
  const list = await letters.list(unknownTables())
  expect(list.map(({ place, status, requested }) => [place, status, requested])).toEqual([
    ['shop.public.a/2@9', 'held', null],
    ['shop.public.a/2@10', 'parked', null],
  ])
  expect(list[1]).toMatchObject({ code: 'sink.row_refused', message: 'too long', table: null, key: null })
  expect(Date.parse(list[1]?.parkedAt ?? '')).toBeGreaterThan(Date.now() - 600_000)
})

test('a request is stored beside the event, for the sink to answer', async () => {
  const { letters } = await targetWith([
    ['shop', 9, 'parked'],
    ['shop', 10, 'parked'],
  ])
  expect(await letters.request('retry', ['shop.public.a/2@10'])).toEqual(['shop.public.a/2@10'])
  expect((await letters.list(unknownTables())).map(({ requested }) => requested)).toEqual([null, 'retry'])
})

test('all that is parked at the moment is asked for, be it nothing', async () => {
  const { letters } = await targetWith([
    ['shop', 9, 'parked'],
    ['shop', 10, 'held'],
    ['shop', 11, 'applied'],
    ['other', 12, 'parked'],
  ])
  expect(await letters.request('retry', 'all')).toEqual(['shop.public.a/2@9', 'shop.public.a/2@10'])
  const nothing = await targetWith([['other', 12, 'parked']])
  expect(await nothing.letters.request('retry', 'all')).toEqual([])
  const withoutTables = deadLetters(optionsOf(await freshDatabase(servers().target)), 'shop', never)
  expect(await withoutTables.request('retry', 'all')).toEqual([])
})

test('who asks for all leaves alone what is to be dropped, until it is named', async () => {
  const { letters } = await targetWith([
    ['shop', 9, 'parked'],
    ['shop', 10, 'parked'],
  ])
  const given = 'shop.public.a/2@9'
  await letters.request('drop', [given])
  expect(await letters.request('retry', 'all')).toEqual(['shop.public.a/2@10'])
  const requested = async () => (await letters.list(unknownTables())).map(letter => letter.requested)
  expect(await requested()).toEqual(['drop', 'retry'])
  await letters.request('retry', [given])
  expect(await requested()).toEqual(['retry', 'retry'])
})

test('where one of several places is not parked, nothing is asked for', async () => {
  const { letters } = await targetWith([['shop', 9, 'parked']])
  const wrong = 'shop.public.a/2@10'
  await expect(letters.request('drop', ['shop.public.a/2@9', wrong])).rejects.toMatchObject({
    code: 'dead_letter.unknown',
    message: expect.stringContaining(wrong),
  })
  expect((await letters.list(unknownTables())).map(({ requested }) => requested)).toEqual([null])
})

test('a place that is not parked is refused, and so is one of another migration', async () => {
  const { letters } = await targetWith([['other', 9, 'parked']])
  await expect(letters.request('drop', ['shop.public.a/2@9'])).rejects.toMatchObject({
    code: 'dead_letter.unknown',
  })
})

test('the status counts what is unresolved', async () => {
  const { options } = await targetWith([
    ['shop', 10, 'parked'],
    ['shop', 11, 'held'],
    ['shop', 12, 'applied'],
  ])
  const reader = new TargetProgressReader(options, 'shop')
  onTestFinished(() => reader.close())
  expect(await reader.read()).toEqual({ partitions: [], parked: 2 })
})
