import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { seeded } from '../support/migration/seeded.ts'
import { whileWriting } from '../support/migration/while-writing.ts'

failOnLeaks()

test('an append-only table without a key gets each row once, equal ones as often as they are there', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE log (at timestamptz, line text);
      INSERT INTO log SELECT timestamptz '2025-01-01' + n / 3 * interval '1 s', 'line ' || n / 3 FROM generate_series(1, 60000) n`,
  })
  migration.settings.snapshot = { readers: 1 }
  const writer = whileWriting(migration, client =>
    client.query(`INSERT INTO log SELECT '2025-06-01', 'new' FROM generate_series(1, 3)`),
  )
  await migration.start('run')
  await migration.copied()
  expect(writer.done).toBeGreaterThan(20)
  await writer.close()
  await migration.drained()
  await migration.expectEqual()
})

test('a table without a key whose whole rows are in the log keeps its duplicates under updates and deletes during the scan', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE bag (kind int, n int, text text);
      ALTER TABLE bag REPLICA IDENTITY FULL;
      INSERT INTO bag SELECT n % 50, n / 100, CASE WHEN n % 4 > 0 THEN repeat('t', n % 60) END FROM generate_series(1, 40000) n;
      CREATE INDEX ON bag (kind, n)`,
  })
  migration.settings.snapshot = { readers: 1 }
  const random = seeded(7)
  const upTo = (limit: number) => Math.floor(random() * limit)
  const writer = whileWriting(migration, async (client, turn) => {
    const row = [upTo(50), upTo(400)]
    // One of several equal rows, all of them, none.
    if (turn % 4 === 0) await client.query('INSERT INTO bag VALUES ($1, $2, NULL), ($1, $2, NULL)', row)
    else if (turn % 4 === 1)
      await client.query(
        'DELETE FROM bag WHERE ctid = (SELECT min(ctid) FROM bag WHERE kind = $1 AND n = $2)',
        row,
      )
    else if (turn % 4 === 2)
      await client.query(
        `UPDATE bag SET text = 'changed' WHERE ctid = (SELECT max(ctid) FROM bag WHERE kind = $1 AND n = $2)`,
        row,
      )
    else await client.query('UPDATE bag SET kind = kind + 1 WHERE kind = $1 AND n = $2', row)
  })
  await migration.start('run')
  await migration.copied()
  expect(writer.done).toBeGreaterThan(50)
  await writer.close()
  await migration.drained()
  await migration.expectEqual()
})

test("the application's own updates and deletes of a table without a key never fail", async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE log (line text, seen boolean); INSERT INTO log VALUES ('a', false), ('b', false)`,
  })
  const writer = whileWriting(migration, async (client, n) => {
    await client.query('INSERT INTO log VALUES ($1, false)', [`line ${n}`])
    await client.query('UPDATE log SET seen = NOT seen')
    await client.query(`DELETE FROM log WHERE line NOT IN ('a', 'b')`)
  })
  await migration.start('run')
  await migration.copied()
  const before = writer.done
  await expect.poll(() => writer.done).toBeGreaterThan(before + 20)
  await writer.close()
  await migration.drained()
  expect((await migration.cli('check', '--json')).stdout).toContain('source.append_only')
})

test('a table without columns gets as many rows as the source has', async () => {
  const migration = await openMigration({
    tables: 'CREATE TABLE marks (); INSERT INTO marks SELECT FROM generate_series(1, 1000)',
  })
  await migration.start('run')
  await migration.copied()
  await migration.sql('INSERT INTO marks SELECT FROM generate_series(1, 10)')
  await migration.drained()
  await migration.expectEqual()
})
