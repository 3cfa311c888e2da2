import { expect, test } from 'vitest'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { loseSlot } from '../support/lose-slot.ts'
import { expectHalt } from '../support/migration/expect-halt.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'

failOnLeaks()

const tables = `
CREATE TABLE items (id int PRIMARY KEY, text text); INSERT INTO items SELECT n, 'old' FROM generate_series(1, 2000) n;
CREATE TABLE bag (n int); INSERT INTO bag SELECT generate_series(1, 200)`

/** As the halt says: everything stopped, `drop`, the target's tables emptied, started again. */
async function startOver(migration: Migration): Promise<void> {
  const dropped = await migration.cli('drop', '--yes')
  expect(dropped, dropped.stderr).toMatchObject({ exit: 0 })
  expect(await migration.status()).toMatchObject({ position: null, tables: [], unreachable: [] })
  await expectHalt(await migration.start('run'), 'target.table_not_empty', 3)
  await migration.targets[0]?.client.query(`TRUNCATE items, bag`)
  await migration.start('run')
  await migration.copied()
  await migration.sql(`UPDATE items SET text = 'changed' WHERE id < 100; DELETE FROM items WHERE id = 500;
    INSERT INTO bag VALUES (1)`)
  await migration.drained()
  await migration.expectEqual()
}

test('a lost slot halts at every start, and starting over makes the target equal', async () => {
  const migration = await openMigration({ tables })
  const run = await migration.start('run')
  await migration.copied()
  await migration.drained()
  await loseSlot(migration.source.client, objectNames(migration.name).slot)
  await migration.sql(`INSERT INTO items VALUES (9000, 'lost'); DELETE FROM items WHERE id < 10`)
  await expectHalt(run, 'source.log_lost')
  await expectHalt(await migration.start('run'), 'source.log_lost')
  await startOver(migration)
})

test('a sink that was killed does not keep anybody from starting over', async () => {
  const migration = await openMigration({ tables })
  const [connector, sink] = [await migration.start('connector'), await migration.start('sink')]
  await migration.copied()
  await migration.drained()
  await connector.kill()
  await loseSlot(migration.source.client, objectNames(migration.name).slot)
  await migration.sql(`INSERT INTO items VALUES (9000, 'lost'); DELETE FROM items WHERE id < 10`)
  await expectHalt(await migration.start('connector'), 'source.log_lost')
  await sink.kill()
  await startOver(migration)
})
