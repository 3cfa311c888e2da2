import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const text = (name: string, number: number) => column(name, baseType('text'), { number })
const id = column('id', baseType('int4'), { number: 1 })
const items = (...columns: readonly ReturnType<typeof text>[]) => testTable('items', [id, ...columns], ['id'])
const before = items(text('note', 2))
const all = 'SELECT * FROM items ORDER BY id'

/** A row is there, of the table as it was before. */
async function withRow(made = '') {
  const bench = await sinkBench(servers().target)
  await bench.client.query(made)
  await bench.topics.publish(await bench.topics.table(before, 1), [
    { op: 'r', row: { id: '1', note: 'old' } },
  ])
  const running = bench.start()
  await expect.poll(() => bench.rows('SELECT id, note FROM items').catch(() => [])).toEqual([[1, 'old']])
  const becomes = async (schema: typeof before, row: Readonly<Record<string, string>>) =>
    bench.topics.publish(await bench.topics.table(schema, 1), [{ op: 'c', row }])
  return { ...bench, running, becomes }
}

test('a column that only the target has from before the migration does not stand for one that comes', async () => {
  const { becomes, rows } = await withRow('CREATE TABLE items (id int PRIMARY KEY, mine text)')
  await becomes(items(text('note', 2), text('more', 3)), { id: '2', note: 'a', more: 'b' })
  await expect
    .poll(() => rows(all))
    .toEqual([
      [1, null, 'old', null],
      [2, null, 'a', 'b'],
    ])
})

test('a column that comes while another one goes is added where the source knows them apart', async () => {
  const { becomes, rows } = await withRow()
  await becomes(items(text('remark', 3)), { id: '2', remark: 'new' })
  await expect
    .poll(() => rows(all))
    .toEqual([
      [1, 'old', null],
      [2, null, 'new'],
    ])
})

test.each([
  ['is the same to the source', text('remark', 2), ''],
  ['cannot be told apart', column('remark', baseType('text')), ''],
  ['was made in the target by somebody else', text('remark', 3), 'ALTER TABLE items ADD mine text'],
])(
  'a column that may be another one under a new name halts the sink at every start: it %s',
  async (_, came, change) => {
    const { client, becomes, running, start } = await withRow()
    await client.query(change)
    await becomes(items(came), { id: '2', remark: 'new' })
    expect(await running.ended).toMatchObject({ code: 'schema.target_column_missing' })
    expect(await start().ended).toMatchObject({ code: 'schema.target_column_missing' })
  },
)

test('a column that comes under the name of one that went halts the sink: older rows hold that one there', async () => {
  const { becomes, running, start, rows } = await withRow()
  await becomes(items(), { id: '2' })
  await expect.poll(() => rows(all)).toHaveLength(2)
  await becomes(items(text('note', 3)), { id: '3', note: 'new' })
  expect(await running.ended).toMatchObject({ code: 'schema.column_replaced' })
  expect(await start().ended).toMatchObject({ code: 'schema.column_replaced' })
  expect(await rows(all)).toEqual([
    [1, 'old'],
    [2, null],
  ])
})

test('a column that was made anew in the target is not taken for the one that went', async () => {
  const { client, becomes, running, start, rows } = await withRow()
  await becomes(items(), { id: '2' })
  await expect.poll(() => rows(all)).toHaveLength(2)
  await client.query('ALTER TABLE items DROP note')
  await becomes(items(text('note', 3)), { id: '3', note: 'new' })
  expect(await running.ended).toMatchObject({ code: 'schema.target_column_missing' })
  await client.query('ALTER TABLE items ADD note text')
  start()
  await expect
    .poll(() => rows(all))
    .toEqual([
      [1, null],
      [2, null],
      [3, 'new'],
    ])
})
