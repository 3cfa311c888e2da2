import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { whileWriting } from '../support/migration/while-writing.ts'

failOnLeaks()

const copies = async (tables: string): Promise<Migration> => {
  const migration = await openMigration({ tables })
  await migration.start('run')
  await migration.copied()
  return migration
}

const settles = async (migration: Migration): Promise<void> => {
  await migration.drained()
  await migration.expectEqual()
}

test('inserts, updates, deletes and key changes in one and in many transactions arrive', async () => {
  const migration = await copies(`
    CREATE TABLE orders (shop int, id text, amount numeric, PRIMARY KEY (shop, id));
    INSERT INTO orders SELECT n % 3, 'o' || n, n FROM generate_series(1, 300) n`)
  await migration.sql(`INSERT INTO orders VALUES (9, 'new', 1)`)
  await migration.sql(`UPDATE orders SET amount = -amount WHERE shop = 1`)
  await migration.sql(`DELETE FROM orders WHERE shop = 2 AND amount > 100`)
  await migration.sql(`UPDATE orders SET shop = shop + 10 WHERE shop = 0`)
  await migration.sql(`BEGIN;
    INSERT INTO orders VALUES (20, 'x', 1);
    UPDATE orders SET id = 'y' WHERE shop = 20;
    UPDATE orders SET id = 'z' WHERE shop = 20;
    DELETE FROM orders WHERE shop = 20;
    INSERT INTO orders VALUES (20, 'x', 2);
    SAVEPOINT s; DELETE FROM orders; ROLLBACK TO s;
    COMMIT`)
  // Two keys change places by way of a third.
  await migration.sql(`BEGIN;
    UPDATE orders SET id = 'third' WHERE shop = 1 AND id = 'o1';
    UPDATE orders SET id = 'o1' WHERE shop = 1 AND id = 'o4';
    UPDATE orders SET id = 'o4' WHERE shop = 1 AND id = 'third';
    COMMIT`)
  await settles(migration)
})

test('values that are stored out of line stay what they are when other columns change', async () => {
  const long = (seed: string) => `(SELECT string_agg(md5(${seed} || n), '') FROM generate_series(1, 200) n)`
  const migration = await copies(`
    CREATE TABLE documents (id int PRIMARY KEY, title text, body text, bytes bytea);
    ALTER TABLE documents ALTER body SET STORAGE EXTERNAL, ALTER bytes SET STORAGE EXTERNAL;
    INSERT INTO documents SELECT d, 'title ' || d, ${long('d::text')}, convert_to(${long("'b' || d")}, 'UTF8') FROM generate_series(1, 50) d`)
  await migration.sql(`UPDATE documents SET title = 'changed' WHERE id % 2 = 0`)
  await migration.sql(`UPDATE documents SET body = ${long("'new' || id")} WHERE id % 3 = 0`)
  await migration.sql(`UPDATE documents SET id = id + 1000 WHERE id % 5 = 0`)
  await migration.sql(
    `BEGIN; UPDATE documents SET bytes = 'short' WHERE id = 7; UPDATE documents SET title = 'again' WHERE id = 7; COMMIT`,
  )
  await migration.sql(
    `UPDATE documents SET body = NULL WHERE id = 8; UPDATE documents SET title = NULL WHERE id = 8`,
  )
  await settles(migration)
})

test('rows that move between partitions arrive as rows of one table', async () => {
  const migration = await openMigration({
    tables: `
      CREATE TABLE sales (id int, region text, amount int, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
      CREATE TABLE sales_east PARTITION OF sales FOR VALUES IN ('east');
      CREATE TABLE sales_west PARTITION OF sales FOR VALUES IN ('west') PARTITION BY RANGE (id);
      CREATE TABLE sales_west_low PARTITION OF sales_west FOR VALUES FROM (0) TO (10000);
      CREATE TABLE sales_west_high PARTITION OF sales_west FOR VALUES FROM (10000) TO (100000000);
      INSERT INTO sales SELECT n, CASE n % 2 WHEN 0 THEN 'east' ELSE 'west' END, n FROM generate_series(1, 20000) n`,
  })
  migration.settings.snapshot.chunkBytes = 65_536
  const writer = whileWriting(migration, async (client, n) => {
    const id = 1 + ((n * 7919) % 20_000)
    await client.query(
      `UPDATE sales SET region = CASE region WHEN 'east' THEN 'west' ELSE 'east' END, amount = amount + 1 WHERE id = $1`,
      [id],
    )
  })
  await migration.start('run')
  await migration.copied()
  await writer.close()
  await migration.sql(`CREATE TABLE sales_north PARTITION OF sales FOR VALUES IN ('north')`)
  await migration.sql(
    `INSERT INTO sales VALUES (99999, 'north', 1); UPDATE sales SET region = 'north' WHERE id < 100 AND region = 'east'`,
  )
  const { tables } = await migration.drained()
  expect(tables.map(({ table }) => table)).toEqual(['public.sales'])
  await migration.expectEqual()
})

test('a truncate empties all partitions of a topic, between the changes before and after it', async () => {
  const migration = await copies(`
    CREATE TABLE stock (id int PRIMARY KEY, n int); INSERT INTO stock SELECT n, n FROM generate_series(1, 2000) n;
    CREATE TABLE notes (text text); INSERT INTO notes SELECT 'note ' || n FROM generate_series(1, 100) n;
    CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept VALUES (1)`)
  await migration.sql(`UPDATE stock SET n = -n; TRUNCATE stock, notes`)
  await migration.sql(
    `INSERT INTO stock SELECT n, 2 * n FROM generate_series(1001, 3000) n; INSERT INTO notes VALUES ('after')`,
  )
  await migration.sql(
    `BEGIN; INSERT INTO stock VALUES (1, 1); TRUNCATE stock; INSERT INTO stock VALUES (2, 2), (3, 3); COMMIT`,
  )
  await migration.sql(
    `UPDATE stock SET id = 4 WHERE id = 3; TRUNCATE stock; INSERT INTO stock VALUES (4, 40)`,
  )
  await settles(migration)
})

test('a truncate during the snapshot leaves no row of before', async () => {
  const migration = await openMigration({
    tables: `
      CREATE TABLE stock (id int PRIMARY KEY, n int, text text);
      INSERT INTO stock SELECT n, n, repeat('x', 100) FROM generate_series(1, 60000) n;
      CREATE TABLE tray (n int, text text); INSERT INTO tray SELECT n, repeat('y', 100) FROM generate_series(1, 6000) n`,
  })
  migration.settings.snapshot = { readers: 1, chunkBytes: 65_536 }
  // After the first chunk of the first table the next one has to wait for ten minutes.
  migration.settings.source.limits = { rowsPerSecond: 1 }
  const role = await migration.start('run')
  await migration.until(({ tables }) =>
    tables.some(({ rows, snapshot }) => rows > 0 && snapshot !== 'copied'),
  )
  await migration.sql(
    `TRUNCATE stock, tray; INSERT INTO stock SELECT n, -n FROM generate_series(500, 1500) n; INSERT INTO tray VALUES (1, 'one')`,
  )
  const { tables } = await migration.status()
  expect(
    tables.map(({ table, snapshot }) => [table, snapshot]),
    'still being copied',
  ).toEqual([
    ['public.stock', 'copying'],
    ['public.tray', 'waiting'],
  ])
  delete migration.settings.source.limits
  role.configure(migration.settings)
  await settles(migration)
})
