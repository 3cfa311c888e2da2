import { describe, expect, test } from 'vitest'
import { connectorBench } from '../support/connector-bench.ts'
import { allCopied, migration, ownRetries, untilState } from '../support/connector-on.ts'
import { heldReaders } from '../support/held-readers.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { rowHistory } from '../support/row-history.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, 'v' FROM generate_series(1, 3) n`
const texts = `CREATE TABLE t (id text PRIMARY KEY); INSERT INTO t VALUES ('a'), ('B')`

describe('a key column whose values have another order or other bytes', () => {
  test.each([
    ['type', tables, 'ALTER TABLE t ALTER id TYPE text', 'from integer to text'],
    ['collation', texts, 'ALTER TABLE t ALTER id TYPE text COLLATE "POSIX"', 'COLLATE pg_catalog'],
  ])('by its %s halts the connector at every start', async (_, create, change, found) => {
    const bench = await connectorBench(servers().source, create)
    await bench.copyOnce(1)
    await bench.app.query(change)
    for (let start = 0; start < 2; start++)
      expect(await bench.start().ended).toMatchObject({
        code: 'schema.key_changed',
        message: expect.stringContaining(found),
      })
  })

  test('halts it where the log tells of it', async () => {
    const bench = await connectorBench(servers().source, tables)
    const connector = await bench.copied(1)
    await bench.app.query(`ALTER TABLE t ALTER id TYPE numeric; INSERT INTO t VALUES (4, 'new')`)
    expect(await connector.ended).toMatchObject({ code: 'schema.key_changed' })
  })

  test('is not copied in the new order when the log tells nothing of it', async () => {
    const bench = await connectorBench(servers().source, texts)
    const readers = heldReaders()
    const connector = bench.start({ around: readers.around })
    await untilState(bench.log, ({ tables: stored }) => stored.size === 1)
    await bench.app.query('ALTER TABLE t ALTER id TYPE text COLLATE "POSIX"')
    readers.release()
    expect(await connector.ended).toMatchObject({ code: 'schema.key_changed' })
    expect(ownRetries(connector)).toMatchObject([{ code: 'source.table_changed' }])
    expect(readers.snapshots).toEqual([])
  })
})

test('a key of int that becomes bigint while its table waits to be copied is copied and followed', async () => {
  const bench = await connectorBench(servers().source, tables)
  const readers = heldReaders()
  const connector = bench.start({ around: readers.around })
  await untilState(bench.log, ({ tables: stored }) => stored.size === 1)
  await bench.app.query(`ALTER TABLE t ALTER id TYPE bigint; UPDATE t SET v = 'new' WHERE id = 3`)
  readers.release()
  await untilState(bench.log, allCopied(1))
  const rows = await rowHistory(bench.log, `${migration}.public.t`, [['1'], ['2'], ['3']])
  expect(new Set(rows.map(line => /"id":"?\d/.exec(line)?.[0])).size).toBe(3)
  expect(ownRetries(connector)).toEqual([])
})
