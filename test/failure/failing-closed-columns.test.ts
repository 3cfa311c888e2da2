import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const items = testTable('items', [column('id', baseType('int4')), column('note', baseType('text'))], ['id'])
const all = 'SELECT id, note FROM items ORDER BY id'
const fill = 'UPDATE items SET note = kept.note FROM kept WHERE kept.id = items.id'

test.each([
  [
    'dropped',
    'ALTER TABLE items DROP COLUMN note',
    ['schema.target_column_missing', 'schema.target_column_missing'],
    `ALTER TABLE items ADD COLUMN note text; ${fill}`,
  ],
  [
    'given another type',
    'ALTER TABLE items ALTER COLUMN note TYPE int USING length(note)',
    ['schema.target_type_differs', 'target.table_differs'],
    `ALTER TABLE items ALTER COLUMN note TYPE text; ${fill}`,
  ],
  [
    'renamed',
    'ALTER TABLE items RENAME note TO remark',
    ['schema.target_column_missing', 'schema.target_column_missing'],
    'ALTER TABLE items RENAME remark TO note',
  ],
] as const)(
  'a column of the target that is %s under a running sink halts it at every start, until it is put back',
  async (_, change, [code, codeAtStart], back) => {
    const bench = await sinkBench(servers().target)
    const table = await bench.topics.table(items, 1)
    await bench.topics.publish(table, [
      { op: 'r', row: { id: '1', note: 'old' } },
      { op: 'r', row: { id: '2', note: 'old' } },
    ])
    const running = bench.start()
    const copied = [1, 2].map(id => [id, 'old'])
    await expect.poll(() => bench.rows(all).catch(() => [])).toEqual(copied)
    await bench.client.query(`CREATE TABLE kept AS TABLE items; ${change}`)
    const changed = await bench.rows('SELECT * FROM items ORDER BY id')
    await bench.topics.publish(table, [
      { op: 'u', row: { id: '1', note: 'new' } },
      { op: 'c', row: { id: '3', note: 'new' } },
    ])
    expect(await running.ended).toMatchObject({ code })
    for (let start = 0; start < 2; start++)
      expect(await bench.start().ended).toMatchObject({ code: codeAtStart })
    expect(await bench.rows('SELECT * FROM items ORDER BY id')).toEqual(changed)
    expect(await bench.rows('SELECT * FROM switchback.parked')).toEqual([])

    await bench.client.query(back)
    const again = bench.start()
    await expect
      .poll(() => bench.rows(all))
      .toEqual([
        [1, 'new'],
        [2, 'old'],
        [3, 'new'],
      ])
    expect(await again.stop()).toBeNull()
  },
)
