import type { Client } from 'pg'
import { describe, expect, test } from 'vitest'
import { query } from '../../databases/postgres/query.ts'
import { chunkBench } from '../support/chunk-bench.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { everything, readChunk, readSegment } from '../support/read-chunk.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal

async function keysInOrder(client: Client, sql: string): Promise<readonly string[]> {
  return (await query<{ k: string }>(client, 'look', sql)).map(row => row.k)
}

describe.each(['source', 'target'] as const)('a chunk reader on the %s server', role => {
  const bench = () => chunkBench(servers()[role])

  // Values in no order; the database says what order they have.
  const keyTypes = {
    int: 'int PRIMARY KEY|SELECT i FROM generate_series(-500, 500) i',
    bigint: `bigint PRIMARY KEY|SELECT i * 9000000000000000 FROM generate_series(-1000, 1000) i`,
    uuid: `uuid PRIMARY KEY|SELECT md5(i::text)::uuid FROM generate_series(1, 900) i`,
    numeric: `numeric PRIMARY KEY|SELECT i / 7.0 FROM generate_series(-300, 300) i UNION ALL SELECT 'NaN' UNION ALL SELECT 'Infinity' UNION ALL SELECT '-Infinity'`,
    text: `text PRIMARY KEY|SELECT chr(33 + i % 90) || E'\\\\''"ä€ ' || i FROM generate_series(1, 900) i`,
    'text with a collation': `text COLLATE "und-x-icu" PRIMARY KEY|SELECT CASE WHEN i % 2 = 0 THEN 'a' ELSE 'A' END || i FROM generate_series(1, 900) i`,
    timestamptz: `timestamptz PRIMARY KEY|SELECT now() + i * interval '1 second' FROM generate_series(1, 500) i UNION ALL SELECT 'infinity' UNION ALL SELECT '-infinity' UNION ALL SELECT '0044-03-15 BC'`,
    char: `char(5) PRIMARY KEY|SELECT i::text FROM generate_series(1, 900) i`,
    bytea: `bytea PRIMARY KEY|SELECT decode(md5(i::text), 'hex') FROM generate_series(1, 500) i`,
    float: `float8 PRIMARY KEY|SELECT i / 3.0::float8 FROM generate_series(-300, 300) i UNION ALL SELECT 'NaN' UNION ALL SELECT '-Infinity'`,
    enum: `mood PRIMARY KEY|SELECT unnest(enum_range(NULL::mood))`,
    domain: `positive PRIMARY KEY|SELECT i FROM generate_series(1, 700) i`,
    inet: `inet PRIMARY KEY|SELECT '10.0.0.0'::inet + i FROM generate_series(1, 700) i`,
  }

  test.each(Object.entries(keyTypes))(
    'every row of a table with a key of type %s is read once, in the order of the database, whatever the chunks',
    async (_, type) => {
      const { client, reader, run, tableOf } = await bench()
      const [column, values] = type.split(/\|(.*)/s)
      await run(`CREATE TYPE mood AS ENUM ('z', 'it''s', 'a', 'M')`)
      await run(`CREATE DOMAIN positive AS bigint CHECK (VALUE > 0)`)
      await run(`CREATE TABLE t (k ${column}, v int)`)
      await run(`INSERT INTO t SELECT x, 1 FROM (${values}) AS source (x) ORDER BY random()`)
      await run('ANALYZE t')
      const table = await tableOf('t')
      const segments = await reader.segments(table, 4, never)
      const keys: string[] = []
      for (const segment of segments)
        keys.push(...(await readSegment(reader, table, segment, { maxRows: 97 })).keys)
      expect(keys).toEqual(await keysInOrder(client, `SELECT format('%s', t.k) AS k FROM t ORDER BY t.k`))
    },
  )

  test('a key of several columns is cut at its first column and read in order', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (b text, a int, c date, PRIMARY KEY (a, b, c))')
    await run(
      `INSERT INTO t SELECT 'x' || i % 7, (i * i) % 5, date '2020-01-01' + i FROM generate_series(1, 1000) i`,
    )
    await run('ANALYZE t')
    const table = await tableOf('t')
    const segments = await reader.segments(table, 3, never)
    expect(segments.length).toBeGreaterThan(1)
    let count = 0
    for (const segment of segments)
      count += (await readSegment(reader, table, segment, { maxRows: 31 })).keys.length
    expect(count).toBe(1000)
  })

  test('ranges hold about the same number of rows, also of skewed keys and without statistics', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE skewed (tenant int, id int, PRIMARY KEY (tenant, id))')
    await run('INSERT INTO skewed SELECT floor(sqrt(i))::int, i FROM generate_series(1, 20000) i')
    await run('CREATE TABLE unknown (id bigint PRIMARY KEY) WITH (autovacuum_enabled = off)')
    await run('INSERT INTO unknown SELECT i FROM generate_series(1, 20000) i')
    await run('ANALYZE skewed')
    for (const name of ['skewed', 'unknown']) {
      const table = await tableOf(name)
      const sizes: number[] = []
      for (const segment of await reader.segments(table, 8, never))
        sizes.push((await readSegment(reader, table, segment, {})).keys.length)
      expect(sizes.reduce((sum, size) => sum + size)).toBe(20_000)
      expect(Math.max(...sizes), `${name}: ${sizes.join(' ')}`).toBeLessThan(20_000 / 4)
    }
    expect(await reader.estimatedRows(await tableOf('skewed'))).toBe(20_000)
    expect(await reader.estimatedRows(await tableOf('unknown'))).toBeGreaterThan(5_000)
  })

  test('a chunk stops soon after its bytes, also where small rows are followed by large ones', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (id int PRIMARY KEY, v text)')
    await run(
      `INSERT INTO t SELECT i, repeat('x', CASE WHEN i > 3000 THEN 200000 ELSE 20 END) FROM generate_series(1, 3300) i`,
    )
    const table = await tableOf('t')
    const { keys, chunks } = await readSegment(reader, table, everything, { maxBytes: 1 << 20 })
    expect(keys.map(Number)).toEqual(Array.from({ length: 3300 }, (_, i) => i + 1))
    expect(chunks).toBeGreaterThan(25)
    const { bytes } = await readChunk(
      reader,
      table,
      { ...everything, cursor: ['3000'] },
      { maxBytes: 1 << 20 },
    )
    expect(bytes).toBeLessThan(3 << 20)
  })

  test('a chunk sees one moment, and its snapshot says which transactions that includes', async () => {
    const { client, options, reader, run, tableOf } = await bench()
    await run('CREATE TABLE t (id int PRIMARY KEY)')
    await run('INSERT INTO t VALUES (1), (2)')
    const open = await openClient(options)
    await query(open, 'stay open', 'BEGIN')
    const [late] = await query<{ id: string }>(
      open,
      'write',
      'INSERT INTO t VALUES (3) RETURNING pg_current_xact_id()::text AS id',
    )
    const [early] = await query<{ id: string }>(
      client,
      'write',
      'INSERT INTO t VALUES (4) RETURNING pg_current_xact_id()::text AS id',
    )
    const chunk = await readChunk(reader, await tableOf('t'), everything)
    expect(chunk.keys).toEqual(['1', '2', '4'])
    expect(chunk.visibility.sees(BigInt(late?.id ?? 0))).toBe(false)
    expect(chunk.visibility.sees(BigInt(early?.id ?? 0))).toBe(true)
    expect(chunk.visibility.widen(Number(early?.id))).toBe(BigInt(early?.id ?? 0))
    await query(open, 'end', 'ROLLBACK')
  })

  test('an inherited table is read without its children, a partitioned one with all of them', async () => {
    const { reader, run, tableOf } = await bench()
    await run('CREATE TABLE parent (id int PRIMARY KEY)')
    await run('CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)')
    await run('INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2)')
    await run('CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id)')
    await run('CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (10)')
    await run('CREATE TABLE part2 PARTITION OF parted FOR VALUES FROM (10) TO (20)')
    await run('INSERT INTO parted VALUES (11), (1), (9), (19)')
    expect((await readChunk(reader, await tableOf('parent'), everything)).keys).toEqual(['1'])
    const { keys } = await readSegment(reader, await tableOf('parted'), everything, { maxRows: 3 })
    expect(keys).toEqual(['1', '9', '11', '19'])
  })
})
