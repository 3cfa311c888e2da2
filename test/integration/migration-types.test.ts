import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const fixture = (path: string): string =>
  readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8')

const everyType = ['tables.sql', 'rows.sql']
  .map(name => fixture(`debezium-3.6-postgres-15/${name}`))
  .concat(fixture('edge-values/rows.sql'))
  .join('\n')

const ways = [
  ['15 to 18', () => ({ from: servers().source, to: [servers().target] })],
  ['18 to 15', () => ({ from: servers().target, to: [servers().source] })],
] as const

// Through the log they come as inserts, as updates with and without the whole row of before, and as rows without a key.
const streamed = ['streamed', 'streamed_full', 'streamed_bag']

test.for(ways)(
  'every type keeps its values by snapshot and by stream, from PostgreSQL %s',
  async ([, way]) => {
    const migration = await openMigration({ ...way(), tables: everyType })
    await migration.sql(`
    CREATE TABLE streamed (LIKE every_type INCLUDING ALL);
    CREATE TABLE streamed_full (LIKE every_type INCLUDING ALL); ALTER TABLE streamed_full REPLICA IDENTITY FULL;
    CREATE TABLE streamed_bag (LIKE every_type); ALTER TABLE streamed_bag REPLICA IDENTITY FULL;
    CREATE TABLE bag AS TABLE every_type`)
    await migration.start('run')
    await migration.drained()
    await migration.expectEqual()
    for (const table of streamed) await migration.sql(`INSERT INTO ${table} TABLE every_type`)
    await migration.drained()
    await migration.expectEqual()
    for (const table of streamed)
      await migration.sql(
        `UPDATE ${table} SET c_boolean = false WHERE id % 2 = 0; DELETE FROM ${table} WHERE id % 3 = 0`,
      )
    await migration.sql(`UPDATE streamed SET id = id + 1000`)
    await migration.drained()
    await migration.expectEqual()
  },
)

test('names may hold anything, and two tables whose names map to one topic stay apart', async () => {
  const tables = [
    `"Odd Schema 🚀"."Täble ""q"" . x"`,
    `"Odd Schema 🚀"."a b"`,
    `"Odd Schema 🚀"."a_b"`,
    `"Odd Schema 🚀"."${'n'.repeat(63)}"`,
  ]
  const columns = `"a b" int, "Größe" text, "x.y" text, "1st" text, "select" text, "A" text, a text, "q""uote'" text, "{$1}" text, "${'c'.repeat(63)}" text`
  const values = (n: number) => `${n}, 'g${n}', 'xy', '1', 's', 'A', 'a', 'q', '$', '${n}'`
  const migration = await openMigration({ include: ['Odd Schema 🚀.*'] })
  await migration.sql('CREATE SCHEMA "Odd Schema 🚀"')
  for (const table of tables) {
    await migration.sql(`CREATE TABLE ${table} (${columns}, PRIMARY KEY ("a b", "A"))`)
    await migration.sql(`INSERT INTO ${table} VALUES (${values(tables.indexOf(table))}), (${values(10)})`)
  }
  await migration.start('run')
  await migration.copied()
  for (const table of tables) {
    await migration.sql(`INSERT INTO ${table} VALUES (${values(20)})`)
    await migration.sql(`UPDATE ${table} SET "Größe" = 'größer', "A" = 'B' WHERE "a b" = 10`)
    await migration.sql(`DELETE FROM ${table} WHERE "a b" = 0`)
  }
  const status = await migration.drained()
  await migration.expectEqual('Odd Schema 🚀')
  const topics = status.tables.map(({ topic }) => topic)
  expect(new Set(topics).size).toBe(tables.length)
  const plain = `${migration.name}.Odd_Schema___.a_b`
  expect(topics.filter(topic => topic.startsWith(plain)).length).toBe(2)
})
