import { expect, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

test.each([
  ['regclass', 'pg_class', 'nowhere'],
  ['regclass', 'pg_class', 'nowhere.orders'],
  ['regtype', 'integer', 'nothing'],
  ['regproc', 'now', 'nothing'],
])(
  'a value of %s that names nothing at the target is parked, and nothing else: %s, %s',
  async (type, known, unknown) => {
    const { topics, start, rows, client } = await sinkBench(servers().target)
    await client.query(`CREATE TABLE names (id int PRIMARY KEY, name ${type})`)
    const columns = [column('id', baseType('int4')), column('name', baseType(type))]
    const table = await topics.table(testTable('names', columns, ['id']), 1)
    const row = (id: number, name: string) => ({ op: 'c' as const, row: { id: `${id}`, name } })
    await topics.publish(table, [row(1, known), row(2, unknown), row(3, known)])
    start()
    await expect
      .poll(() => rows('SELECT code, message FROM switchback.parked').catch(() => []))
      .toEqual([['postgres.row_refused', expect.not.stringContaining(unknown)]])
    await expect
      .poll(() => rows('SELECT id, name::text FROM names ORDER BY id'))
      .toEqual([
        [1, known],
        [3, known],
      ])
  },
)
