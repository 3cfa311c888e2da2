import { describe, expect, test } from 'vitest'
import type { Column } from '../../schemas/table-schema.ts'
import { baseType, numericType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const orders = testTable(
  'orders',
  [
    column('id', baseType('int4')),
    column('the note', baseType('text')),
    column('price', { ...numericType(12, 2), sql: 'numeric(12,2)' }),
  ],
  ['id'],
)

describe.each(['source', 'target'] as const)('with the %s server as target', role => {
  const bench = () => sinkBench(servers()[role])

  const added = (more: Partial<Column>) =>
    testTable('orders', [...orders.columns, column('state', baseType('text'), more)], ['id'])
  const older = [
    { op: 'r', row: { id: '1', 'the note': 'a', price: '1.00' } },
    { op: 'c', row: { id: '2', 'the note': 'b', price: '1.00' } },
  ] as const
  const states = `SELECT id, state FROM orders ORDER BY id`
  const withoutState = [
    [1, null],
    [2, null],
  ]

  test('rows get what the source gave them when the column came, not what new rows get today', async () => {
    const { topics, start, rows } = await bench()
    const lines = await topics.table(orders, 1)
    await topics.publish(lines, older)
    const wider = await topics.table(added({ default: `'today'::text`, missingValue: 'then\t\\N' }), 1)
    await topics.publish(wider, [{ op: 'c', row: { id: '3', 'the note': 'c', price: '1.00', state: 'own' } }])
    start()
    const expected = [
      [1, 'then\t\\N'],
      [2, 'then\t\\N'],
      [3, 'own'],
    ]
    await expect.poll(() => rows(states).catch(() => [])).toEqual(expected)
    // Over rows that are there.
    await topics.publish(lines, [{ op: 'u', row: { id: '3', 'the note': 'd', price: '2.00' } }])
    await topics.publish(lines, [{ op: 'u', row: { id: '4', 'the note': 'd', price: '2.00' } }])
    await expect.poll(() => rows(states)).toEqual([...expected, [4, 'then\t\\N']])
  })

  test('rows get NULL where the source has no default, whatever the target fills in', async () => {
    const { topics, start, rows, client } = await bench()
    await client.query(
      `CREATE TABLE orders (id int PRIMARY KEY, "the note" text, price numeric(12,2), state text DEFAULT 'target')`,
    )
    await topics.publish(await topics.table(orders, 1), older)
    await topics.table(added({}), 1)
    start()
    await expect.poll(() => rows(states)).toEqual(withoutState)
  })

  test('the sink halts where nobody knows what the source gave them, until the target fills in nothing', async () => {
    const { topics, start, rows, client } = await bench()
    await topics.publish(await topics.table(orders, 1), older)
    await topics.table(added({ default: `'today'::text` }), 1)
    expect(await start().ended).toMatchObject({ code: 'schema.older_rows_unknown' })
    expect(await rows(states)).toEqual([])
    await client.query(`ALTER TABLE orders ALTER state DROP DEFAULT`)
    start()
    await expect.poll(() => rows(states)).toEqual(withoutState)
  })

  test('rows that must be deleted and inserted again keep what they have in the column', async () => {
    const { topics, start, rows, client } = await bench()
    const lines = await topics.table(orders, 1)
    await topics.publish(lines, older)
    const wider = added({ default: `'today'::text`, missingValue: 'then' })
    await topics.table(wider, 1)
    start()
    await expect.poll(() => rows(states).catch(() => [])).toHaveLength(2)
    await client.query(`UPDATE orders SET state = 'own' WHERE id = 1`)
    await client.query(`CREATE UNIQUE INDEX ON orders ("the note")`)
    // They swap a unique value.
    await topics.publish(lines, [
      { op: 'u', row: { id: '1', 'the note': 'b', price: '1.00' } },
      { op: 'u', row: { id: '2', 'the note': 'a', price: '1.00' } },
    ])
    await expect
      .poll(() => rows(`SELECT id, "the note", state FROM orders ORDER BY id`))
      .toEqual([
        [1, 'b', 'own'],
        [2, 'a', 'then'],
      ])
  })
})
