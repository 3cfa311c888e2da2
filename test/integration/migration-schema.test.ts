import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { expectHalt } from '../support/migration/expect-halt.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { whileWriting } from '../support/migration/while-writing.ts'

failOnLeaks()

test('columns that are added during the stream are added to the target, with their values', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE orders (id int PRIMARY KEY, n int); INSERT INTO orders SELECT n, n FROM generate_series(1, 1000) n`,
  })
  const writer = whileWriting(migration, (client, n) =>
    client.query('UPDATE orders SET n = n + 1 WHERE id = $1', [1 + (n % 1000)]),
  )
  await migration.start('run')
  await migration.copied()
  await migration.sql(`ALTER TABLE orders ADD COLUMN note text`)
  await migration.sql(`UPDATE orders SET note = 'noted' WHERE id < 10`)
  await migration.sql(
    `ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'it''s new', ADD COLUMN price numeric(8,2) DEFAULT 1.5`,
  )
  await migration.sql(
    `INSERT INTO orders (id, n) VALUES (5000, 1); INSERT INTO orders VALUES (5001, 1, NULL, 'old', NULL)`,
  )
  await writer.close()
  await migration.drained()
  await migration.expectEqual()
})

test('a change that the target cannot follow halts its sink alone, which goes on once the target was adapted', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE orders (id int PRIMARY KEY, n int); INSERT INTO orders SELECT n, n FROM generate_series(1, 100) n`,
  })
  await migration.start('connector')
  const sink = await migration.start('sink')
  await migration.copied()
  await migration.drained()
  await migration.sql(`ALTER TABLE orders ALTER n TYPE text USING 'n' || n`)
  await migration.sql(`INSERT INTO orders VALUES (1000, 'not a number')`)
  expect(await sink.exit(), sink.log).toBe(4)
  expect(sink.log).toContain('error schema.target_type_differs')
  const [target] = migration.targets
  await target?.client.query(`ALTER TABLE orders ALTER n TYPE text USING 'n' || n`)
  await migration.start('sink')
  await migration.drained()
  await migration.expectEqual()
})

test('a column that was dropped at the source stays in the target, and columns that come after it are added', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE orders (id int PRIMARY KEY, gone text, n int); INSERT INTO orders SELECT n, 'kept', n FROM generate_series(1, 100) n;
      CREATE TABLE quiet (id int PRIMARY KEY, gone text)`,
  })
  const before = await migration.start('run')
  await migration.copied()
  await migration.drained()
  await migration.sql(`ALTER TABLE orders DROP gone; INSERT INTO orders VALUES (1000, 1)`)
  await migration.sql(`ALTER TABLE orders ADD note text; INSERT INTO orders VALUES (1001, 1, 'noted')`)
  await migration.drained()
  await before.stop()
  await migration.start('run')
  // No event tells the one change from the other.
  await migration.sql(
    `ALTER TABLE orders DROP n, ADD price int; INSERT INTO orders VALUES (1002, 'noted', 2)`,
  )
  await migration.sql(
    `ALTER TABLE quiet DROP gone; ALTER TABLE quiet ADD note text; INSERT INTO quiet VALUES (1, 'noted')`,
  )
  await migration.drained()
  const [target] = migration.targets
  const kept = await target?.client.query(`SELECT FROM orders WHERE gone = 'kept' AND n = id`)
  expect(kept?.rowCount).toBe(100)
  await target?.client.query('ALTER TABLE orders DROP gone, DROP n; ALTER TABLE quiet DROP gone')
  await migration.expectEqual()
})

test('a target that requires a value for a column that the source has dropped halts its sink until it requires none', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE orders (id int PRIMARY KEY, gone int NOT NULL); INSERT INTO orders SELECT n, n FROM generate_series(1, 100) n`,
  })
  await migration.start('connector')
  const sink = await migration.start('sink')
  await migration.copied()
  await migration.drained()
  await migration.sql(`ALTER TABLE orders DROP gone; INSERT INTO orders VALUES (1000)`)
  await expectHalt(sink, 'schema.target_differs')
  await expectHalt(await migration.start('sink'), 'target.table_differs', 3)
  const [target] = migration.targets
  const remedy = /ALTER TABLE \S+ ALTER COLUMN \S+ DROP NOT NULL/.exec(sink.log)?.[0] ?? ''
  await target?.client.query(remedy)
  await migration.start('sink')
  await migration.drained()
  await target?.client.query('ALTER TABLE orders DROP gone')
  await migration.expectEqual()
})

test('tables that are added to the configuration are copied at the next start, and removed ones are left as they are', async () => {
  const migration = await openMigration({
    include: ['public.first', 'public.leaving'],
    tables: `CREATE TABLE first (id int PRIMARY KEY, n int); INSERT INTO first SELECT n, n FROM generate_series(1, 5000) n;
      CREATE TABLE leaving (id int PRIMARY KEY); INSERT INTO leaving VALUES (1);
      CREATE TABLE second (id int PRIMARY KEY, n int); INSERT INTO second SELECT n, n FROM generate_series(1, 5000) n;
      CREATE TABLE bag (n int); INSERT INTO bag SELECT n / 2 FROM generate_series(1, 5000) n`,
  })
  const writer = whileWriting(migration, async (client, n) => {
    await client.query('UPDATE first SET n = n + 1 WHERE id = $1', [1 + (n % 5000)])
    await client.query('UPDATE second SET n = n + 1 WHERE id = $1', [1 + (n % 5000)])
    await client.query('INSERT INTO bag VALUES ($1)', [n])
  })
  const before = await migration.start('run')
  await migration.copied()
  await before.stop()
  migration.settings.source.tables.include = ['public.first', 'public.second', 'public.bag']
  await migration.start('run')
  await migration.until(({ tables }) => tables.length === 3)
  await migration.copied()
  await writer.close()
  await migration.sql('INSERT INTO leaving VALUES (2)')
  const { tables } = await migration.drained()
  expect(tables.map(({ table }) => table).toSorted()).toEqual(['public.bag', 'public.first', 'public.second'])
  const [target] = migration.targets
  expect((await target?.client.query('SELECT id FROM leaving'))?.rows).toEqual([{ id: 1 }])
  // What has left is not compared.
  await migration.sql('DELETE FROM leaving WHERE id = 2')
  await migration.expectEqual()
})
