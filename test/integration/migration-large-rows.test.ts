import { beforeAll, expect, test } from 'vitest'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { freePort } from '../../stack/free-port.ts'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { installPythonClient, runPython } from '../support/python-client.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()
beforeAll(async () => {
  await installPythonClient()
}, 300_000)

const mebibyte = 1 << 20

test('rows of 64 MB are moved, by snapshot and by stream, when the topics may hold them', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE blobs (id int PRIMARY KEY, n int, data bytea, text text); ALTER TABLE blobs ALTER data SET STORAGE EXTERNAL, ALTER text SET STORAGE EXTERNAL;
      INSERT INTO blobs SELECT n, n, NULL, repeat('t', ${20 * mebibyte}) FROM generate_series(1, 1) n;
      INSERT INTO blobs VALUES (10, 1, convert_to(repeat('abcdefgh', ${8 * mebibyte}), 'UTF8'), NULL)`,
  })
  migration.settings.kafka.maxRecordBytes = 70_000_000
  await migration.start('run')
  await migration.copied()
  await migration.sql(`INSERT INTO blobs SELECT 11, 2, data, 'streamed' FROM blobs WHERE id = 10`)
  // The row of 64 MB that was copied stays what it is; one of the others is told whole once more.
  await migration.sql(`UPDATE blobs SET n = -n; UPDATE blobs SET text = text || 'u' WHERE id = 1`)
  await migration.drained()
  await migration.expectEqual()
})

test('a row that is too large is parked with table, key and size, and the others go on', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE notes (id int PRIMARY KEY, text text);
      INSERT INTO notes VALUES (1, 'small'), (7, repeat('x', 400000)), (8, 'small as well')`,
  })
  migration.settings.kafka.maxRecordBytes = 65_536
  const role = await migration.start('run')
  await migration.copied()
  await migration.sql(`INSERT INTO notes VALUES (9, repeat('y', 300000)), (10, 'after')`)
  await migration.drained()
  const [target] = migration.targets
  expect((await target?.client.query('SELECT id FROM notes ORDER BY id'))?.rows.map(({ id }) => id)).toEqual([
    1, 8, 10,
  ])
  const parked = await deadLetters(migration)
  expect(parked).toEqual([
    expect.objectContaining({ 'sb.code': 'event.too_large', 'sb.table': 'public.notes' }),
    expect.objectContaining({ 'sb.code': 'event.too_large', 'sb.table': 'public.notes' }),
  ])
  expect(parked.map(headers => Number(headers['sb.bytes'])).toSorted((a, b) => a - b)).toEqual([
    expect.toSatisfy((bytes: number) => bytes > 300_000 && bytes < 301_000),
    expect.toSatisfy((bytes: number) => bytes > 400_000 && bytes < 401_000),
  ])
  expect(role.log).toContain('row too large, parked')
  expect(await role.metric('switchback_oversize_events_total')).toBe(2)
})

async function deadLetters(migration: Migration): Promise<Record<string, string>[]> {
  const found: Record<string, string>[] = []
  const cursor = new RecordCursor()
  const from = { topic: `${migration.name}.dead-letters`, partition: 0, offset: 0n }
  await migration.log.readToEnd(
    from,
    batch => {
      cursor.open(batch)
      while (cursor.next())
        found.push(Object.fromEntries(cursor.headers().map(([name, value]) => [name, String(value)])))
    },
    new AbortController().signal,
  )
  return found
}

test("Confluent's Python client reads what the connector has written, through the registry that it serves", async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE orders (id int PRIMARY KEY, price numeric(8,2), at timestamptz, tags text[]);
      INSERT INTO orders VALUES (1, 12.50, '2024-02-29 12:00+00', '{a,NULL}')`,
  })
  const port = await freePort()
  migration.settings.registry.listen.port = port
  await migration.start('run')
  await migration.copied()
  await migration.sql(`UPDATE orders SET price = -0.01, tags = NULL WHERE id = 1`)
  await migration.sql(`DELETE FROM orders`)
  await migration.drained()
  const [broker = ''] = servers().kafka.brokers
  const topic = `${migration.name}.public.orders`
  const records = await runPython('read_topic.py', broker, `http://127.0.0.1:${port}`, topic)
  const row = { id: 1, price: '12.50', at: '2024-02-29T12:00:00.000000Z', tags: ['a', null] }
  const key = { id: 1 }
  const source = expect.objectContaining({ connector: 'postgresql', schema: 'public', table: 'orders' })
  expect(records).toEqual([
    expect.objectContaining({
      key,
      value: expect.objectContaining({ op: 'r', before: null, after: row, source }),
    }),
    expect.objectContaining({
      key,
      value: expect.objectContaining({ op: 'u', after: { ...row, price: '-0.01', tags: null }, source }),
    }),
    expect.objectContaining({ key, value: expect.objectContaining({ op: 'd', after: null, source }) }),
    expect.objectContaining({ key, value: null }),
  ])
})
