import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import type { RoleProcess } from '../support/migration/role-process.ts'

failOnLeaks()

/** Each process has to live with so much, whatever passes through it. */
const mostMb = 512
const mebibyte = 1 << 20
const patience = { timeout: 150_000, interval: 250 }
// The same for ten million rows: npm run bench -- --only snapshot --rows 10000000, which reports the peak.
const manyRows = 300_000

async function started(migration: Migration): Promise<readonly RoleProcess[]> {
  // As a user has it who sets nothing.
  migration.settings.snapshot = {}
  return [await migration.start('connector'), await migration.start('sink')]
}

function expectBounded(roles: readonly RoleProcess[]): void {
  for (const role of roles) expect(role.peakMemoryMb(), `memory of the ${role.name}`).toBeLessThan(mostMb)
}

test(`a table of ${manyRows} rows is copied in bounded memory`, async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE lines (id bigint PRIMARY KEY, a int, b numeric(10, 2), c timestamptz, d text, e text);
      INSERT INTO lines SELECT n, n % 1000, n / 7.0, now(), md5(n::text), repeat(md5((n % 77)::text), 10) FROM generate_series(1, ${manyRows}) n;
      ANALYZE`,
  })
  const roles = await started(migration)
  await migration.drained()
  await migration.expectEqual()
  expectBounded(roles)
})

test('a transaction of 200 MB is followed in bounded memory', async () => {
  const migration = await openMigration({ tables: `CREATE TABLE notes (id int PRIMARY KEY, text text)` })
  const roles = await started(migration)
  await migration.copied()
  await migration.sql(kilobytes(1, 200_000))
  await migration.drained()
  await migration.expectEqual()
  expectBounded(roles)
})

test('rows of 8 to 64 MB among small ones are copied and followed in bounded memory', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE notes (id int PRIMARY KEY, text text); ALTER TABLE notes ALTER text SET STORAGE EXTERNAL;
      ${kilobytes(1, 4_000)}; ${large(1_000, 8)}; ${large(3_000, 64)}; ${large(3_001, 16)}; ANALYZE`,
  })
  migration.settings.kafka.maxRecordBytes = 70_000_000
  const roles = await started(migration)
  await migration.drained()
  await migration.sql(`${large(5_000, 64)}; ${large(5_001, 8)}; ${kilobytes(30_000, 1_000)}`)
  await migration.drained()
  await migration.expectEqual()
  expectBounded(roles)
})

test('while a target stands still, memory stays bounded and the source may forget its log', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE notes (id int PRIMARY KEY, text text); INSERT INTO notes VALUES (-1, 'first')`,
  })
  const roles = await started(migration)
  await migration.drained()
  const [target] = migration.targets
  // A stronger lock would have a transaction id, for whose end everybody on this server waits who makes a slot.
  await target?.client.query('BEGIN; LOCK TABLE notes IN EXCLUSIVE MODE')
  for (let part = 0; part < 20; part++) await migration.sql(kilobytes(part * 10_000, 10_000))
  const { rows } = await migration.source.client.query<{ lsn: string }>('SELECT pg_current_wal_lsn() AS lsn')
  await expect.poll(() => isReleased(migration, rows[0]?.lsn ?? ''), patience).toBe(true)
  expect((await migration.status()).targets[0]?.lagEvents, 'the target stands still').toBeGreaterThan(150_000)
  expectBounded(roles)
  await target?.client.query('COMMIT')
  await migration.drained()
  await migration.expectEqual()
  expectBounded(roles)
})

/** Inserts rows of a kilobyte each, in one statement. */
const kilobytes = (first: number, rows: number) =>
  `INSERT INTO notes SELECT n, repeat(md5(n::text), 32) FROM generate_series(${first}, ${first} + ${rows} - 1) n ON CONFLICT DO NOTHING`

/** Puts a row in place of a small one. */
const large = (id: number, megabytes: number) =>
  `INSERT INTO notes VALUES (${id}, repeat('0123456789abcdef', ${(megabytes * mebibyte) / 16})) ON CONFLICT (id) DO UPDATE SET text = EXCLUDED.text`

/** The slot holds nothing back that was written before this place. The source goes on, else it has nothing to tell its slot. */
async function isReleased(migration: Migration, lsn: string): Promise<boolean> {
  await migration.sql(`INSERT INTO notes SELECT max(id) + 1, 'on' FROM notes`)
  const { rows } = await migration.source.client.query<{ released: boolean }>(
    `SELECT bool_and(confirmed_flush_lsn >= $1::pg_lsn AND restart_lsn >= $1::pg_lsn) AS released
     FROM pg_replication_slots WHERE database = current_database()`,
    [lsn],
  )
  return rows[0]?.released === true
}
