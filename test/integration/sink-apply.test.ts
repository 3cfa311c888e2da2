import { describe, expect, test } from 'vitest'
import { baseType, numericType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const absent = { absent: true } as const

const orders = testTable(
  'Order "lines"',
  [
    column('id', baseType('int4')),
    column('the note', baseType('text')),
    column('price', { ...numericType(12, 2), sql: 'numeric(12,2)' }),
  ],
  ['id'],
)
const table = '"Order ""lines"""'
const bag = testTable('bag', [column('a', baseType('int4')), column('b', baseType('text'))], [])

describe.each(['source', 'target'] as const)('with the %s server as target', role => {
  const bench = () => sinkBench(servers()[role])

  test('a table is made and its rows arrive with every character they had', async () => {
    const { topics, start, rows } = await bench()
    const lines = await topics.table(orders, 3)
    const notes = ['plain', '', null, 'tab\t nl\n cr\r bs\\ \\N \\.', 'ünï 💥', 'quote \' " ']
    await topics.publish(
      lines,
      notes.map((note, id) => ({ op: 'r', row: { id: `${id}`, 'the note': note, price: '1.50' } })),
    )
    start()
    await expect
      .poll(() => rows(`SELECT "the note", price::text FROM ${table} ORDER BY id`).catch(() => []))
      .toEqual(notes.map(note => [note, '1.50']))
  })

  test('updates, partial updates, deletes and changed keys end as in the source', async () => {
    const { topics, start, rows } = await bench()
    const lines = await topics.table(orders, 3)
    const row = (id: number, note: string | null | typeof absent) => ({
      id: `${id}`,
      'the note': note,
      price: '2.00',
    })
    await topics.publish(
      lines,
      [1, 2, 3, 4].map(id => ({ op: 'c', row: row(id, `first ${id}`) })),
    )
    start()
    const stored = () => rows(`SELECT id, "the note" FROM ${table} ORDER BY id`)
    await expect.poll(async () => (await stored().catch(() => [])).length).toBe(4)
    await topics.publish(lines, [
      { op: 'u', row: row(1, 'second 1') },
      { op: 'u', row: { ...row(2, absent), price: '9.99' } },
      { op: 'd', old: { id: '3' } },
      { op: 'd', old: { id: '4' } },
      { op: 'c', row: row(40, 'first 4') },
      { op: 'u', row: row(50, absent), open: true },
    ])
    await expect.poll(stored).toEqual([
      [1, 'second 1'],
      [2, 'first 2'],
      [40, 'first 4'],
    ])
    expect(await rows(`SELECT price::text FROM ${table} WHERE id = 2`)).toEqual([['9.99']])
    expect(await rows('SELECT * FROM switchback.parked')).toEqual([])
  })

  test('snapshot rows over rows that are there already are merged', async () => {
    const { topics, start, rows } = await bench()
    const lines = await topics.table(orders, 1)
    const event = (op: 'c' | 'r', id: number, note: string) =>
      ({ op, row: { id: `${id}`, 'the note': note, price: '1.00' } }) as const
    await topics.publish(lines, [event('c', 1, 'event'), event('c', 2, 'event')])
    start()
    const stored = () => rows(`SELECT id, "the note" FROM ${table} ORDER BY id`).catch(() => [])
    await expect.poll(async () => (await stored()).length).toBe(2)
    await topics.publish(lines, [event('r', 2, 'copied'), event('r', 3, 'copied'), event('r', 3, 'twice')])
    await expect.poll(stored).toEqual([
      [1, 'event'],
      [2, 'copied'],
      [3, 'twice'],
    ])
  })

  test('many new rows among changed ones arrive, those that were there already as well', async () => {
    const { topics, start, rows } = await bench()
    const lines = await topics.table(orders, 1)
    const row = (id: number, note: string) => ({ id: `${id}`, 'the note': note, price: '1.00' })
    const created = (from: number) =>
      Array.from({ length: 1_000 }, (_, n) => ({ op: 'c' as const, row: row(from + n, 'new') }))
    await topics.publish(lines, created(0))
    start()
    const notes = `SELECT "the note", count(*)::int, max(id) FROM ${table} GROUP BY 1 ORDER BY 1`
    await expect.poll(() => rows(notes).catch(() => [])).toEqual([['new', 1_000, 999]])
    const changes = [
      { op: 'u' as const, row: row(1, 'changed') },
      { op: 'u' as const, row: row(9_000, 'changed and missing') },
      { op: 'd' as const, old: { id: '2' } },
      { op: 'u' as const, row: row(1_500, 'new and changed') },
      { op: 'd' as const, old: { id: '1501' } },
    ]
    await topics.publish(lines, [...created(1_000), ...changes])
    const expected = (count: number, last: number) => [
      ['changed', 1, 1],
      ['changed and missing', 1, 9_000],
      ['new', count, last],
      ['new and changed', 1, 1_500],
    ]
    await expect.poll(() => rows(notes)).toEqual(expected(1_996, 1_999))
    await topics.publish(lines, [...created(1_600), { op: 'd', old: { id: '3' } }])
    await expect.poll(() => rows(notes)).toEqual(expected(2_595, 2_599))
    expect(await rows('SELECT * FROM switchback.parked')).toEqual([])
  })

  test('a table without a key is a bag: copies are added and taken away one by one', async () => {
    const { topics, start, rows } = await bench()
    const things = await topics.table(bag, 1)
    const one = { a: '1', b: 'x' }
    await topics.publish(things, [
      { op: 'r', row: one },
      { op: 'r', row: one },
      { op: 'c', row: one },
      { op: 'c', row: { a: null, b: null } },
      { op: 'c', row: { a: null, b: null } },
    ])
    start()
    const stored = () =>
      rows('SELECT a, b, count(*)::int FROM bag GROUP BY 1, 2 ORDER BY 1, 2').catch(() => [])
    await expect.poll(stored).toEqual([
      [1, 'x', 3],
      [null, null, 2],
    ])
    await topics.publish(things, [
      { op: 'd', old: one },
      { op: 'u', old: one, row: { a: '2', b: 'y' } },
      { op: 'd', old: { a: null, b: null } },
      { op: 'c', row: { a: '5', b: null } },
      { op: 'd', old: { a: '5', b: null } },
    ])
    await expect.poll(stored).toEqual([
      [1, 'x', 1],
      [2, 'y', 1],
      [null, null, 1],
    ])
    expect(await rows('SELECT * FROM switchback.parked')).toEqual([])
  })

  test('a sink that goes on after a crash applies nothing twice, whatever the group has stored', async () => {
    const { topics, start, rows, cluster } = await bench()
    const things = await topics.table(bag, 1)
    const count = async () => (await rows('SELECT count(*)::int FROM bag').catch(() => [[0]]))[0]?.[0]
    await topics.publish(things, [{ op: 'c', row: { a: '1', b: 'x' } }])
    const first = start()
    await expect.poll(count).toBe(1)
    expect(await first.stop()).toBeNull()
    cluster.groups.clear()
    await topics.publish(things, [{ op: 'c', row: { a: '2', b: 'x' } }])
    start()
    await expect.poll(count).toBe(2)
  })

  test('a column that the source adds is added, and events from before leave it as it is', async () => {
    const { topics, start, rows } = await bench()
    const lines = await topics.table(orders, 1)
    await topics.publish(lines, [{ op: 'c', row: { id: '1', 'the note': 'a', price: '1.00' } }])
    start()
    const stored = (columns: string) => rows(`SELECT ${columns} FROM ${table} ORDER BY id`).catch(() => [])
    await expect.poll(() => stored('id')).toEqual([[1]])
    const wider = testTable(
      'Order "lines"',
      [
        ...orders.columns,
        column('extra', baseType('text')),
        column('state', baseType('text'), { nullable: false, default: `'new'::text`, missingValue: 'new' }),
      ],
      ['id'],
    )
    const next = await topics.table(wider, 1)
    await topics.publish(next, [
      { op: 'c', row: { id: '2', 'the note': 'b', price: '1.00', extra: 'e', state: 's' } },
    ])
    await expect
      .poll(() => stored('id, extra, state'))
      .toEqual([
        [1, null, 'new'],
        [2, 'e', 's'],
      ])
    await topics.publish(lines, [{ op: 'u', row: { id: '2', 'the note': 'c', price: '1.00' } }])
    await expect
      .poll(() => stored('"the note", extra'))
      .toEqual([
        ['a', null],
        ['c', 'e'],
      ])
  })
})
