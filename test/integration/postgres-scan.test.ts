import { describe, expect, test } from 'vitest'
import { query } from '../../databases/postgres/query.ts'
import type { FieldSlices } from '../../schemas/field-slices.ts'
import { chunkBench } from '../support/chunk-bench.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal

describe.each(['source', 'target'] as const)('a scan on the %s server', role => {
  const bench = () => chunkBench(servers()[role])

  test('a table without a key is scanned once in slices, and no more than one is read while it waits, whatever the rows', async () => {
    const { client, reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (v text)')
    await run(
      `INSERT INTO t SELECT repeat('x', CASE WHEN i > 3000 THEN 1 << 20 ELSE 1000 END) FROM generate_series(1, 3040) i`,
    )
    let rows = 0
    let held = 0
    const slices: number[] = []
    const slice = async () => {
      await query(client, 'let time pass', 'SELECT pg_sleep(0.02)')
      slices.push(held)
      held = 0
    }
    const row = ({ lengths }: FieldSlices) => {
      rows++
      held += lengths[0] ?? 0
    }
    const open = async () => undefined
    const opening = () => undefined
    const sliceBytes = 2 << 20
    await reader.scan({ table: await tableOf('t'), sliceBytes, opening, open, row, slice }, never)
    expect(rows).toBe(3040)
    expect(slices.length).toBeGreaterThan(8)
    expect(Math.max(...slices)).toBeLessThan(sliceBytes + (3 << 20))
  })

  test.each([
    [
      'one small column',
      'CREATE TABLE t (v int); INSERT INTO t SELECT i % 10 FROM generate_series(1, 400000) i',
    ],
    ['nothing but NULL', 'CREATE TABLE t (v int); INSERT INTO t SELECT NULL FROM generate_series(1, 400000)'],
    ['no columns', 'CREATE TABLE t (); INSERT INTO t SELECT FROM generate_series(1, 400000)'],
  ])('the slices of a table of %s end as well: each of its rows becomes a record', async (_, sql) => {
    const { client, reader, run, tableOf } = await bench()
    await run(sql)
    let rows = 0
    let held = 0
    const slices: number[] = []
    const slice = async () => {
      await query(client, 'let time pass', 'SELECT 1')
      slices.push(held)
      held = 0
    }
    const row = () => {
      rows++
      held++
    }
    const scan = { opening: () => undefined, open: async () => undefined, row, slice }
    await reader.scan({ table: await tableOf('t'), sliceBytes: 1 << 20, ...scan }, never)
    expect(rows).toBe(400_000)
    // Beside a slice itself there are the rows that have arrived already: up to a megabyte, of seven bytes or more each.
    expect(Math.max(held, ...slices)).toBeLessThan(200_000)
  })

  test('a scan that is given up ends with the reason, and its reader goes on', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (v text)')
    await run(`INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 5000)`)
    const table = await tableOf('t')
    const scan = { table, sliceBytes: 100_000, opening: () => undefined, open: async () => undefined }
    const slice = () => Promise.reject(new Error('given up'))
    await expect(reader.scan({ ...scan, row: () => undefined, slice }, never)).rejects.toThrow('given up')
    let rows = 0
    await reader.scan({ ...scan, row: () => void rows++, slice: async () => undefined }, never)
    expect(rows).toBe(5000)
  })
})
