import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import type { RoleProcess } from '../support/migration/role-process.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `
CREATE TABLE items (id int PRIMARY KEY, text text); INSERT INTO items SELECT n, 'old' FROM generate_series(1, 2000) n;
CREATE TABLE bag (n int); INSERT INTO bag SELECT generate_series(1, 200)`

const patienceMs = 60_000

/** What is in the target: it must not change once something was found wrong. */
const rowsIn = async ({ targets: [target] }: Migration): Promise<unknown> =>
  (
    await target?.client.query(
      `SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM bag) AS bag`,
    )
  )?.rows

async function expectHalt(role: RoleProcess, code: string, exit = 4): Promise<void> {
  const ended = await Promise.race([role.exit(), sleep(patienceMs, 'still running')])
  expect({ ended, said: /^error (\S+)$/m.exec(role.log)?.[1] }, role.log.slice(-3_000)).toEqual({
    ended: exit,
    said: code,
  })
  expect(role.log).toContain('remedy: ')
}

/** Copied once, and everything stopped. */
async function stopped(): Promise<Migration> {
  const migration = await openMigration({ tables })
  const [connector, sink] = [await migration.start('connector'), await migration.start('sink')]
  await migration.copied()
  await migration.drained()
  await connector.stop()
  await sink.stop()
  return migration
}

const write = (migration: Migration) =>
  migration.sql(
    `INSERT INTO items SELECT n, 'new' FROM generate_series(3000, 3100) n; INSERT INTO bag VALUES (0)`,
  )

const dropSlot = (migration: Migration) =>
  migration.source.client.query(`SELECT pg_drop_replication_slot($1)`, [objectNames(migration.name).slot])

const makeSlot = (migration: Migration) =>
  migration.source.client.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [
    objectNames(migration.name).slot,
  ])

describe('the connector halts when', () => {
  test('its slot was dropped', async () => {
    const migration = await stopped()
    await dropSlot(migration)
    await write(migration)
    await expectHalt(await migration.start('connector'), 'source.log_lost')
  })

  test('its slot was dropped and made again', async () => {
    const migration = await stopped()
    await dropSlot(migration)
    await write(migration)
    await makeSlot(migration)
    await expectHalt(await migration.start('connector'), 'source.slot_recreated')
  })

  test('its slot is made again while it runs', async () => {
    const migration = await stopped()
    const connector = await migration.start('connector')
    await expect.poll(() => connector.isReady(), { timeout: 30_000 }).toBe(true)
    const names = objectNames(migration.name)
    await migration.source.client.query(
      `SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = $1`,
      [names.slot],
    )
    await dropSlot(migration)
    await write(migration)
    await makeSlot(migration)
    await expectHalt(connector, 'source.slot_recreated')
  })

  test('the slot belongs to another database', async () => {
    const migration = await openMigration({ tables })
    const other = await freshDatabase(servers().source)
    const { slot } = objectNames(migration.name)
    const client = migration.source.client
    await client.query(`CREATE EXTENSION dblink`)
    await client.query(`SELECT * FROM dblink($1, $2) AS t(done text)`, [
      other.url,
      `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')::text`,
    ])
    await expectHalt(await migration.start('connector'), 'check.failed', 3)
    await client.query(`SELECT * FROM dblink($1, $2) AS t(done text)`, [
      other.url,
      `SELECT pg_drop_replication_slot('${slot}')::text`,
    ])
  })

  test('its publication was dropped', async () => {
    const migration = await stopped()
    await migration.sql(`DROP PUBLICATION ${objectNames(migration.name).publication}`)
    await write(migration)
    await expectHalt(await migration.start('connector'), 'source.publication_changed')
  })

  test('a table was taken out of its publication', async () => {
    const migration = await stopped()
    await migration.sql(`ALTER PUBLICATION ${objectNames(migration.name).publication} DROP TABLE items`)
    await write(migration)
    await expectHalt(await migration.start('connector'), 'source.publication_changed')
  })

  test('a table is taken out of its publication while it runs', async () => {
    const migration = await stopped()
    const connector = await migration.start('connector')
    await expect.poll(() => connector.isReady(), { timeout: 30_000 }).toBe(true)
    await migration.sql(`ALTER PUBLICATION ${objectNames(migration.name).publication} DROP TABLE items`)
    await write(migration)
    await expectHalt(connector, 'source.publication_changed')
  })

  test('the state topic was deleted', async () => {
    const migration = await stopped()
    await migration.log.deleteTopics([stateTopic(migration.name)])
    await migration.sql(`DELETE FROM bag WHERE n = 1`).catch(() => undefined)
    const connector = await migration.start('connector')
    const ended = await Promise.race([connector.exit(), sleep(patienceMs, 'still running')])
    expect(ended, connector.log.slice(-3_000)).toBe(4)
  })

  test('a topic was deleted that no target has read', async () => {
    const migration = await openMigration({ tables })
    const connector = await migration.start('connector')
    await migration.until(
      now => now.tables.length > 0 && now.tables.every(({ snapshot }) => snapshot === 'copied'),
    )
    await connector.stop()
    await migration.log.deleteTopics([`${migration.name}.public.items`])
    const again = await migration.start('connector')
    await expectHalt(again, 'kafka.topic_missing')
  })
})

describe('the sink halts when', () => {
  test('a topic was deleted and made again', async () => {
    const migration = await stopped()
    const topic = `${migration.name}.public.items`
    await migration.log.deleteTopics([topic])
    const before = await rowsIn(migration)
    await write(migration)
    await migration.log.ensureTopics([{ topic, partitions: 3, replication: 1, compacted: false, config: {} }])
    await expectHalt(await migration.start('sink'), 'kafka.offset_lost')
    expect(await rowsIn(migration)).toEqual(before)
  })

  test('a topic was deleted', async () => {
    const migration = await stopped()
    await migration.log.deleteTopics([`${migration.name}.public.items`])
    await expectHalt(await migration.start('sink'), 'kafka.topic_missing')
  })

  test('retention has passed the place where it must go on', async () => {
    const migration = await stopped()
    const connector = await migration.start('connector')
    const topic = `${migration.name}.public.items`
    const [before] = await migration.log.ranges(topic)
    await write(migration)
    await expect
      .poll(async () => (await migration.log.ranges(topic))[0]?.end, { timeout: 30_000 })
      .not.toBe(before?.end)
    await trim(topic, 0, (before?.end ?? 0n) + 2n)
    await expectHalt(await migration.start('sink'), 'kafka.offset_lost')
    await connector.stop()
  })

  test('somebody moved its progress while it runs', async () => {
    const migration = await stopped()
    await migration.start('connector')
    const sink = await migration.start('sink')
    await write(migration)
    await migration.drained()
    await migration.targets[0]?.client.query(`UPDATE switchback.progress SET next_offset = next_offset - 7`)
    await migration.sql(`UPDATE items SET text = 'changed' WHERE id < 100`)
    await expectHalt(sink, 'sink.taken_over')
  })

  test('its progress lies behind the end of a topic', async () => {
    const migration = await stopped()
    await migration.targets[0]?.client.query(
      `UPDATE switchback.progress SET next_offset = next_offset + 700 WHERE topic LIKE '%items'`,
    )
    await expectHalt(await migration.start('sink'), 'kafka.offset_lost')
  })

  test('a table of the target was dropped while it runs', async () => {
    const migration = await stopped()
    await migration.start('connector')
    const sink = await migration.start('sink')
    await write(migration)
    await migration.drained()
    await migration.targets[0]?.client.query(`DROP TABLE items`)
    await migration.sql(`UPDATE items SET text = 'changed'`)
    await expectHalt(sink, 'schema.target_table_missing')
  })

  test('a record names a schema that nobody knows', async () => {
    const migration = await stopped()
    const records = new RecordBatchWriter(64)
    records.append(recordSpan(Buffer.from('k'), Buffer.from([0, 0x7f, 0xff, 0xff, 0x01, 0, 0])), null)
    await migration.log.append(records.encoded(`${migration.name}.public.items`, 0))
    await expectHalt(await migration.start('sink'), 'registry.schema_unknown')
  })
})

test('a target that was restored to an older state is brought up again', async () => {
  const migration = await stopped()
  const [target] = migration.targets
  await target?.client.query(`CREATE SCHEMA backup;
    CREATE TABLE backup.items AS TABLE items; CREATE TABLE backup.bag AS TABLE bag; CREATE TABLE backup.progress AS TABLE switchback.progress`)
  await migration.start('connector')
  const sink = await migration.start('sink')
  await write(migration)
  await migration.sql(
    `DELETE FROM items WHERE id < 500; UPDATE items SET id = id + 10000 WHERE id < 600; TRUNCATE bag; INSERT INTO bag VALUES (7)`,
  )
  await migration.drained()
  await sink.stop()
  await target?.client.query(`TRUNCATE items, bag, switchback.progress;
    INSERT INTO items TABLE backup.items; INSERT INTO bag TABLE backup.bag; INSERT INTO switchback.progress TABLE backup.progress;
    DROP SCHEMA backup CASCADE`)
  await migration.start('sink')
  await migration.drained()
  await migration.expectEqual()
})

async function trim(topic: string, partition: number, offset: bigint): Promise<void> {
  const { brokers } = servers().kafka
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  // kafkajs deletes only in topics whose leaders it has looked up.
  await admin.fetchTopicOffsets(topic)
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: offset.toString() }] })
  await admin.disconnect()
}
