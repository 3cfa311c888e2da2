import type { Client } from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { chunkReader } from '../../connectors/postgres/snapshot/chunk-reader.ts'
import type { ChunkReader } from '../../connectors/source.ts'
import { query } from '../../databases/postgres/query.ts'
import type { FieldSlices } from '../../schemas/field-slices.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal

describe.each(['source', 'target'] as const)('a scan on the %s server', role => {
  let client: Client
  let reader: ChunkReader

  beforeEach(async () => {
    const options = optionsOf(await freshDatabase(servers()[role]))
    client = await openClient(options)
    reader = await chunkReader(options, never)
    onTestFinished(() => reader.close())
  })

  const run = (sql: string) => query(client, 'prepare the test', sql)
  const tableOf = async (name: string): Promise<TableSchema> => {
    const [schema] = await describeTables(client, [{ schema: 'public', name }])
    if (schema === undefined) throw new Error(`no table ${name}`)
    return schema
  }

  test('a table without a key is scanned once in slices, and no more than one is read while it waits, whatever the rows', async () => {
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

  test('a scan that is given up ends with the reason, and its reader goes on', async () => {
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
