import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { rowHistory } from '../support/row-history.ts'

failOnLeaks()

const tables = `CREATE TABLE documents (id int PRIMARY KEY, title text, body text);
  ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
  INSERT INTO documents SELECT n, 'title', repeat('body', 2000) FROM generate_series(1, 20) n`

/** The connector copies everything and stops; nobody reads the log then. */
async function publishAndStop(migration: Migration): Promise<void> {
  const connector = await migration.start('connector')
  await migration.until(({ tables: shown }) => shown.some(({ snapshot }) => snapshot === 'copied'))
  await connector.stop()
}

test('a row that got another key, was changed and went on while nobody read the log is not waited for', async () => {
  const migration = await openMigration({ tables })
  const connector = await migration.start('connector')
  await migration.start('sink')
  await migration.copied()
  await connector.stop()
  // The log carries the body with none of these, and nobody can look at the rows 101 and 102 any more.
  await migration.sql(
    'UPDATE documents SET id = 101 WHERE id = 1; UPDATE documents SET id = 102 WHERE id = 2',
  )
  await migration.sql(`UPDATE documents SET title = 'changed' WHERE id > 100`)
  await migration.sql('UPDATE documents SET id = 201 WHERE id = 101; DELETE FROM documents WHERE id = 102')
  await migration.sql(`INSERT INTO documents VALUES (101, 'another', 'short')`)
  await migration.start('connector')
  await migration.drained()
  await migration.expectEqual()
  const topic = `${migration.name}.public.documents`
  const updates = (await rowHistory(migration.log, topic, [['101'], ['102']])).filter(line =>
    / u \[/.test(line),
  )
  expect(updates.map(line => line.includes('sb.open=true'))).toEqual([true, true])

  await migration.sql(`UPDATE documents SET title = 'later' WHERE id = 201`)
  await migration.drained()
  await migration.expectEqual()
  expect((await rowHistory(migration.log, topic, [['201']])).at(-1)).not.toContain('sb.open')
})

test('a row that got another key arrives whole although another column was dropped before the log was read', async () => {
  const migration = await openMigration({ tables })
  await publishAndStop(migration)
  await migration.sql('UPDATE documents SET id = 101 WHERE id = 1; ALTER TABLE documents DROP COLUMN title')
  await migration.start('connector')
  const topic = `${migration.name}.public.documents`
  const created = async () => (await rowHistory(migration.log, topic, [['101']]))[0] ?? ''
  await expect.poll(created).toContain('"body":"bodybody')
  expect(await created()).not.toContain('sb.open')
})

test('a row that got another key before its large value was dropped with the column stops the connector for good', async () => {
  const migration = await openMigration({ tables })
  await publishAndStop(migration)
  await migration.sql('UPDATE documents SET id = 101 WHERE id = 1; ALTER TABLE documents DROP COLUMN body')
  const again = await migration.start('connector')
  expect(await again.exit(), again.log).toBe(4)
  expect(again.log).toContain('error source.value_lost')
})
