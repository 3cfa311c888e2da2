import { expect, test } from 'vitest'
import type { FetchedBatch } from '../../kafka/log.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import type { RoleProcess } from '../support/migration/role-process.ts'

failOnLeaks()

const rows = 60_000
const readers = 2
const chunkBytes = 65_536
/** More rows than a chunk has of those that are copied here: each is 128 bytes and its number. */
const chunkRows = chunkBytes / 128
const patience = { timeout: 60_000, interval: 50 }

const copiedRows = async (migration: Migration): Promise<number> => {
  const { tables } = await migration.status()
  return tables.reduce((sum, table) => sum + table.rows, 0)
}

test('after a crash in the middle of the snapshot, chunks that were finished are not read again', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE items (id int PRIMARY KEY, text text);
      INSERT INTO items SELECT n, repeat(md5(n::text), 4) FROM generate_series(1, ${rows}) n; ANALYZE`,
  })
  migration.settings.snapshot = { readers, chunkBytes }
  await migration.dies('rows:after:10')
  const before = await copiedRows(migration)
  expect(before, 'the crash came in the middle').toBeGreaterThan(0)
  expect(before, 'the crash came in the middle').toBeLessThan(rows)
  // They tell what they have read when they end.
  await expect.poll(() => sessions(migration)).toBe(0)
  const readAgain = (await readRows(migration)) - before
  expect(readAgain).toBeGreaterThan(0)
  expect(readAgain, 'chunks that are read again').toBeLessThanOrEqual(readers * chunkRows)
  await migration.sql('SELECT pg_stat_reset()')

  const second = await migration.start('connector')
  await migration.start('sink')
  await migration.copied()
  expect(await copiedRows(migration)).toBe(rows)
  // It counts them when its commit is answered, which is after anybody can read them.
  await expect.poll(() => second.metric('switchback_snapshot_rows_total')).toBe(rows - before)
  // What the database has read for it, planning included.
  await expect.poll(() => readRows(migration)).toBeGreaterThanOrEqual(rows - before)
  expect(await readRows(migration)).toBeLessThan(rows - before + readers * chunkRows)
  await migration.drained()
  await migration.expectEqual()
})

async function sessions(migration: Migration): Promise<number | null> {
  const { rowCount } = await migration.source.client.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'switchback%'`,
  )
  return rowCount
}

async function readRows(migration: Migration): Promise<number> {
  const { rows: found } = await migration.source.client.query<{ read: string }>(
    `SELECT coalesce(idx_tup_fetch, 0) + coalesce(seq_tup_read, 0) AS read FROM pg_stat_user_tables WHERE relname = 'items'`,
  )
  return Number(found[0]?.read)
}

test('a transaction of 300,000 rows survives that its publishing and its applying are killed', async () => {
  const migration = await openMigration({
    tables: `CREATE TABLE big (id int PRIMARY KEY, n int, text text); INSERT INTO big SELECT n, 0, 'old' FROM generate_series(1, 1000) n`,
  })
  const connector = await migration.start('connector')
  const sink = await migration.start('sink')
  await migration.copied()
  await connector.stop()
  await migration.sql(`BEGIN;
    INSERT INTO big SELECT n, n, 'new' FROM generate_series(1001, 200000) n;
    UPDATE big SET n = -n, text = 'updated' WHERE id <= 101000;
    COMMIT`)
  await migration.dies('rows:after:4')
  const first = await publishedEvents(migration)
  expect(first, 'the crash came in the middle').toBeGreaterThan(1_000)
  await migration.dies('rows:after:8')
  const second = await publishedEvents(migration)
  expect(second, 'so did the second one').toBeGreaterThan(first)
  expect(second, 'so did the second one').toBeLessThan(301_000)
  await sink.kill()
  await migration.start('run')
  await migration.drained()
  await migration.expectEqual()
  expect(await publishedEvents(migration), 'one for each row and each change').toBe(301_000)
})

/** How many events of the table are committed in Kafka. */
async function publishedEvents({ name, log }: Migration): Promise<number> {
  const cursor = new RecordCursor()
  let events = 0
  const count = (batch: FetchedBatch) => {
    cursor.open(batch)
    while (cursor.next()) events++
  }
  for (const { topic, partition } of await log.ranges([`${name}.public.big`]))
    await log.readToEnd({ topic, partition, offset: 0n }, count, AbortSignal.timeout(120_000))
  return events
}

const dismissed = 'dead members dismissed'
/** Kafka misses a sink so long after it was killed at the earliest, and then nobody has to dismiss it. */
const missedMs = 9_000

test('a sink that was killed is followed by one that does not wait for it', async () => {
  const migration = await openMigration({ tables: 'CREATE TABLE items (id int PRIMARY KEY, n int)' })
  await migration.start('connector')
  const first = await startSink(migration)
  const second = await followed(migration, first)
  expect(second.log, 'Kafka misses the first one only after its session').toContain(dismissed)
  const third = await startSink(migration)
  expect(third.log, 'the second one lives').not.toContain(dismissed)
  await migration.sql('INSERT INTO items SELECT n, n FROM generate_series(1, 1000) n')
  await migration.drained()
  await migration.expectEqual()
})

/** It is a member of the group. */
async function startSink(migration: Migration): Promise<RoleProcess> {
  const sink = await migration.start('sink')
  await expect.poll(() => sink.log, patience).toContain('partitions claimed')
  return sink
}

/** Kills a sink and starts the next one; again, when that came so late that Kafka may have missed the one killed before. */
async function followed(migration: Migration, sink: RoleProcess, kills = 3): Promise<RoleProcess> {
  const killedMs = performance.now()
  await sink.kill()
  // As long as the target sees it, it seems to live.
  await expect.poll(() => sinkSessions(migration)).toBe(0)
  const next = await startSink(migration)
  const mayBeMissed = performance.now() - killedMs > missedMs
  return mayBeMissed && kills > 1 && !next.log.includes(dismissed)
    ? followed(migration, next, kills - 1)
    : next
}

async function sinkSessions({ name, targets }: Migration): Promise<number | null | undefined> {
  const found = await targets[0]?.client.query(`SELECT FROM pg_stat_activity WHERE application_name = $1`, [
    `switchback ${name} sink new`,
  ])
  return found?.rowCount
}
