import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'

failOnLeaks()

const mebibyte = 1 << 20
/** Less than the large rows of the table without a key together. */
const mostMb = 320

test('a connector stays small where many small rows are followed by large ones, with a key and without', async () => {
  const rows = (large: number) =>
    `SELECT n, repeat('x', CASE WHEN n > 3000 THEN ${4 * mebibyte} ELSE 20 END) FROM generate_series(1, 3000 + ${large}) n`
  const migration = await openMigration({
    tables: `CREATE TABLE keyed (id int PRIMARY KEY, body text); CREATE TABLE bag (id int, body text);
      INSERT INTO keyed ${rows(20)}; INSERT INTO bag ${rows(90)}`,
  })
  migration.settings.kafka.maxRecordBytes = 5 * mebibyte
  const connector = await migration.start('connector')
  await migration.until(
    ({ tables }) => tables.length === 2 && tables.every(({ snapshot }) => snapshot === 'copied'),
  )
  expect(connector.peakMemoryMb()).toBeLessThan(mostMb)
})

test('tables that were copied leave nothing of their last rows behind, however many there are', async () => {
  const tables = Array.from({ length: 100 }, (_, table) => `t${table}`)
  const migration = await openMigration({
    tables: tables
      .map(
        name => `CREATE TABLE ${name} (id int PRIMARY KEY, body text);
          INSERT INTO ${name} SELECT n, repeat('x', 1000) FROM generate_series(1, 2500) n;`,
      )
      .join('\n'),
  })
  const roles = [await migration.start('connector'), await migration.start('sink')]
  await migration.copied()
  await migration.drained()
  for (const role of roles) expect(role.peakMemoryMb(), role.name).toBeLessThan(mostMb)
})
