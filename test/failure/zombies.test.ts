import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { servers } from '../support/servers.ts'
import { whileWriting } from '../support/migration/while-writing.ts'

failOnLeaks()

const patience = { timeout: 90_000, interval: 100 }
const tables = `CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL, text text);
  INSERT INTO items SELECT n, 0, repeat('x', 200) FROM generate_series(1, 3000) n; CREATE TABLE bag (n int)`

async function opened(): Promise<Migration> {
  const migration = await openMigration({ tables })
  // The server never gives up the connection of a process that stands still.
  await migration.sql(
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET wal_sender_timeout = 0', current_database()); END $$`,
  )
  return migration
}

const write = (migration: Migration) =>
  whileWriting(migration, async (client, n) => {
    await client.query(`UPDATE items SET n = n + 1 WHERE id = $1`, [1 + ((n * 7) % 3000)])
    await client.query(`INSERT INTO bag VALUES ($1)`, [n])
  })

test('a connector that was suspended until another one took over publishes nothing, says so and ends', async () => {
  const migration = await opened()
  const writer = write(migration)
  const older = await migration.start('connector')
  const sink = await migration.start('sink')
  await migration.copied()
  older.freeze()
  await fillConnection(migration)
  const before = (await migration.status()).position ?? ''
  const newer = await migration.start('connector')
  await expect.poll(() => newer.isReady(), patience).toBe(true)
  await expect.poll(async () => ((await migration.status()).position ?? '') > before, patience).toBe(true)
  older.thaw()
  expect(await Promise.race([older.exit(), sleep(60_000, 'still running')]), older.log).toBe(4)
  expect(older.log).toContain('error kafka.fenced')
  await writer.close()
  await migration.drained()
  await migration.expectEqual()
  expect(await sink.metric('switchback_skipped_events_total')).toBe(0)
})

/** So much is to be sent to the suspended process that its session waits for it in the middle of a message. */
async function fillConnection({ source: { client } }: Migration): Promise<void> {
  await client.query(`INSERT INTO items SELECT n, 0, repeat('y', 10000) FROM generate_series(10000, 12000) n`)
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'walsender' AND wait_event IN ('WalSenderWriteData', 'ClientWrite')`
  await expect.poll(async () => (await client.query(waiting)).rowCount, patience).toBe(1)
}

test('a sink that was suspended until another one took over writes nothing, says so and ends', async () => {
  const migration = await opened()
  const writer = write(migration)
  await migration.start('connector')
  const older = await migration.start('sink')
  await migration.copied()
  older.freeze()
  const newer = await migration.start('sink')
  await expect.poll(() => newer.log.includes('partitions claimed'), patience).toBe(true)
  const written = writer.done
  await expect.poll(() => writer.done, patience).toBeGreaterThan(written + 100)
  older.thaw()
  expect(await Promise.race([older.exit(), sleep(60_000, 'still running')]), older.log).toBe(4)
  expect(older.log).toContain('error sink.taken_over')
  expect(older.log).toContain('this process stood still')
  await writer.close()
  await migration.drained()
  await migration.expectEqual()
  expect(await newer.metric('switchback_skipped_events_total')).toBe(0)
})

test('a sink that was suspended in the middle of a transaction does not keep the next one waiting', async () => {
  const migration = await opened()
  await migration.start('connector')
  const older = await migration.start('sink')
  await migration.drained()
  const [target] = migration.targets
  await target?.client.query(`BEGIN; LOCK TABLE switchback.progress IN EXCLUSIVE MODE`)
  await migration.sql(
    `UPDATE items SET n = 1; INSERT INTO items SELECT n, n, 'new' FROM generate_series(5000, 6000) n`,
  )
  const waiting = async () => {
    // Otherwise a transaction looks only at the sessions that there were at its first look.
    await target?.client.query(`SELECT pg_stat_clear_snapshot()`)
    const found = await target?.client.query(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    )
    return found?.rowCount ?? 0
  }
  await expect.poll(waiting, patience).toBeGreaterThan(0)
  older.freeze()
  await target?.client.query(`COMMIT`)
  const newer = await migration.start('sink')
  await expect.poll(() => newer.log.includes('partitions claimed'), patience).toBe(true)
  await migration.drained()
  older.thaw()
  expect(await Promise.race([older.exit(), sleep(60_000, 'still running')]), older.log).toBe(4)
  await migration.sql(`UPDATE items SET n = 2 WHERE id < 1000`)
  await migration.drained()
  await migration.expectEqual()
})

test('a sink that was suspended past its session goes on when nobody has taken its place', async () => {
  const migration = await opened()
  await migration.start('connector')
  const sink = await migration.start('sink')
  await migration.drained()
  sink.freeze()
  // Longer than its session: the group has given it up.
  await expect.poll(() => isEmpty(migration), patience).toBe(true)
  sink.thaw()
  await migration.sql(`UPDATE items SET n = 2 WHERE id < 1000`)
  await migration.drained()
  await migration.expectEqual()
})

/** Whether the group has no member left. */
async function isEmpty(migration: Migration): Promise<boolean> {
  const admin = new Kafka({ brokers: [...servers().kafka.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { groups } = await admin.describeGroups([`${migration.name}.new`])
  await admin.disconnect()
  return groups[0]?.members.length === 0
}
