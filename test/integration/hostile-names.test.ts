import { randomInt } from 'node:crypto'
import { expect, onTestFailed, test } from 'vitest'
import { hostileTexts } from '../support/hostile/hostile-names.ts'
import { type HostileSchema, makeHostileSchema } from '../support/hostile/hostile-schema.ts'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'

failOnLeaks()

/** An index takes no longer ones. */
const keyTexts = hostileTexts.filter(text => text.length < 1_000)

async function fill({ source: { client } }: Migration, hostile: HostileSchema): Promise<void> {
  const { tables, columns, mood } = hostile
  const { id, text, label, more } = columns
  const of = (texts: readonly string[]) => [[...texts]]
  await client.query(
    `INSERT INTO ${tables.keyed} (${text}, ${label}, ${more})
     SELECT t, l, t FROM unnest($1::text[]) t, unnest(enum_range(NULL::${mood})) l`,
    of(hostileTexts),
  )
  await client.query(
    `INSERT INTO ${tables.composite} (${text}, ${label}, ${more})
     SELECT t, l, 1 FROM unnest($1::text[]) t, unnest(enum_range(NULL::${mood})) l`,
    of(keyTexts),
  )
  await client.query(
    `INSERT INTO ${tables.keyless} (${text}, ${label}, ${id}) SELECT t, enum_range(NULL::${mood}), n FROM unnest($1::text[]) t, generate_series(1, 2) n`,
    of(hostileTexts),
  )
  await client.query(`INSERT INTO ${tables.like} SELECT t FROM unnest($1::text[]) t`, of(keyTexts))
}

/** Every kind of change, in a few transactions. */
async function change({ source: { client } }: Migration, hostile: HostileSchema): Promise<void> {
  const { tables, columns, mood } = hostile
  const { id, text, label, more } = columns
  const next = `(SELECT t.texts[1 + ${id}::int % cardinality(t.texts)] FROM (SELECT $1::text[] AS texts) t)`
  await client.query(`UPDATE ${tables.keyed} SET ${text} = ${next}, ${more} = NULL WHERE ${id} % 2 = 0`, [
    [...hostileTexts],
  ])
  await client.query(`DELETE FROM ${tables.keyed} WHERE ${id} % 7 = 3`)
  await client.query(
    `UPDATE ${tables.composite} SET ${text} = 'moved' || ${text} WHERE ${label} = (enum_range(NULL::${mood}))[1]`,
  )
  await client.query(`DELETE FROM ${tables.composite} WHERE ${label} = (enum_range(NULL::${mood}))[2]`)
  await client.query(
    `UPDATE ${tables.keyless} SET ${label} = ARRAY[]::${mood}[], ${text} = 'x' || ${text} WHERE ${id} = 1`,
  )
  await client.query(`DELETE FROM ${tables.keyless} WHERE ${text} LIKE 'x%' AND length(${text}) < 5`)
  await client.query(`TRUNCATE ${tables.like}`)
  await client.query(`INSERT INTO ${tables.like} SELECT t || t FROM unnest($1::text[]) t`, [
    keyTexts.slice(1, 9),
  ])
}

const objects = `
SELECT 'table ' || c.relname || ' ' || c.relkind::text || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, '') AS object
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind IN ('r', 'S')
UNION ALL
SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND contype <> 'n'
UNION ALL
SELECT 'index ' || pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind = 'r')
UNION ALL
SELECT 'label ' || t.typname || ' ' || e.enumlabel FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
ORDER BY 1`

async function objectsOf({ client }: Migration['source'], schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ object: string }>(objects, [schema])
  return rows.map(({ object }) => object)
}

test('names and values made to break out of SQL, COPY, topics and formats arrive as they are, in every kind of table', async () => {
  const seed = randomInt(2 ** 31)
  onTestFailed(() => void process.stderr.write(`the seed was ${seed}\n`))
  const migration = await openMigration({ include: ['*.*'] })
  const hostile = await makeHostileSchema(migration.source.client, seed)
  await fill(migration, hostile)
  const check = await migration.cli('check')
  expect(check.exit, check.stdout).toBe(0)
  await migration.start('run')
  await migration.copied()
  await change(migration, hostile)
  await migration.drained()
  await migration.expectEqual(hostile.name, 'public')
  const [target] = migration.targets
  if (target === undefined) throw new Error('no target')
  const wanted = await objectsOf(migration.source, hostile.name)
  expect(wanted.length).toBeGreaterThan(20)
  await expect.poll(() => objectsOf(target, hostile.name)).toEqual(wanted)
  const status = await migration.cli('status')
  expect(status.exit, status.stderr).toBe(0)
})
