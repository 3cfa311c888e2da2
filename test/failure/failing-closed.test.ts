import { expect, test } from 'vitest'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { loseSlot } from '../support/lose-slot.ts'
import { expectHalt } from '../support/migration/expect-halt.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `
CREATE TABLE items (id int PRIMARY KEY, text text); INSERT INTO items SELECT n, 'old' FROM generate_series(1, 2000) n;
CREATE TABLE bag (n int); INSERT INTO bag SELECT generate_series(1, 200)`

/** What is in the target: it must not change once something was found wrong. */
const rowsIn = async ({ targets: [target] }: Migration): Promise<unknown> =>
  (
    await target?.client.query(
      `SELECT (SELECT count(*) FROM items) AS items, (SELECT count(*) FROM bag) AS bag`,
    )
  )?.rows

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

test('a lost slot halts the connector, which says what to do, and changes nothing', async () => {
  const migration = await stopped()
  await loseSlot(migration.source.client, objectNames(migration.name).slot)
  await write(migration)
  const before = await rowsIn(migration)
  await expectHalt(await migration.start('connector'), 'source.log_lost')
  expect(await rowsIn(migration)).toEqual(before)
})

test('a slot of our name that belongs to another database is refused at the first start', async () => {
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

test('a table of the target that is dropped while the sink runs halts it', async () => {
  const migration = await stopped()
  await migration.start('connector')
  const sink = await migration.start('sink')
  await write(migration)
  await migration.drained()
  // The last thing that it does with the tables beside applying events: to analyze one that is gone halts it as well.
  await expect.poll(() => sink.log).toContain('all indexes and constraints are built')
  await migration.targets[0]?.client.query(`DROP TABLE items`)
  await migration.sql(`UPDATE items SET text = 'changed'`)
  await expectHalt(sink, 'schema.target_table_missing')
})

test('a record with a schema that nobody knows halts the sink', async () => {
  const migration = await stopped()
  const records = new RecordBatchWriter(64)
  records.append(recordSpan(Buffer.from('k'), Buffer.from([0, 0x7f, 0xff, 0xff, 0x01, 0, 0])), null)
  await migration.log.append(records.encoded(`${migration.name}.public.items`, 0))
  await expectHalt(await migration.start('sink'), 'registry.schema_unknown')
})
