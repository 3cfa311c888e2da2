import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'

failOnLeaks()

const patience = { timeout: 60_000, interval: 100 }

/** A target that refuses what the source allows: two of the rows that are copied. */
async function withRefusedRows(): Promise<Migration> {
  const migration = await openMigration({
    tables: `CREATE TABLE items (id int PRIMARY KEY, qty int, note text);
      INSERT INTO items SELECT n, CASE WHEN n IN (7, 9) THEN -1 ELSE n END, 'first' FROM generate_series(1, 200) n`,
  })
  await inTarget(
    migration,
    `CREATE TABLE items (id int PRIMARY KEY, qty int CONSTRAINT few CHECK (qty >= 0), note text)`,
  )
  await migration.start('run')
  await migration.copied()
  await expect.poll(() => parked(migration), patience).toBe(2)
  // What comes later of these rows waits behind them, and nothing else does.
  await migration.sql(
    `UPDATE items SET note = 'second' WHERE id IN (7, 8, 9); UPDATE items SET note = 'third' WHERE id = 7`,
  )
  await migration.drained()
  await expect.poll(() => parked(migration), patience).toBe(5)
  return migration
}

async function inTarget(migration: Migration, sql: string): Promise<readonly unknown[][]> {
  const result = await migration.targets[0]?.client.query({ text: sql, rowMode: 'array' })
  return result?.rows ?? []
}

const parked = async (migration: Migration): Promise<number> =>
  (await migration.status()).targets.reduce((sum, target) => sum + target.parked, 0)

async function command(migration: Migration, ...args: readonly string[]): Promise<string> {
  const run = await migration.cli('dead-letters', ...args)
  expect(run, run.stderr).toMatchObject({ exit: 0 })
  return run.stdout
}

interface Letter {
  readonly place: string
  readonly table: string
  readonly key: string
  readonly code: string
  readonly message: string
}

/** All of them, by the key of their row. */
async function letters(migration: Migration): Promise<ReadonlyMap<string, readonly Letter[]>> {
  const text = await command(migration, 'list', '--json')
  const { targets } = JSON.parse(text) as { targets: readonly { events: readonly Letter[] }[] } // as the command documents it
  const byKey = new Map<string, Letter[]>()
  for (const letter of targets.flatMap(({ events }) => events))
    byKey.set(letter.key, [...(byKey.get(letter.key) ?? []), letter])
  return byKey
}

test('what is parked is listed with table, key, place and reason, and a retry without the reason makes the target equal', async () => {
  const migration = await withRefusedRows()
  const listed = await letters(migration)
  expect(Object.fromEntries(Array.from(listed, ([key, { length }]) => [key, length]))).toEqual({
    '{"id":7}': 3,
    '{"id":9}': 2,
  })
  expect(listed.get('{"id":7}')?.[0]).toMatchObject({
    table: 'public.items',
    place: expect.stringContaining(`${migration.name}.public.items/`),
    code: 'postgres.row_refused',
    message: expect.stringContaining('few'),
  })
  // As long as the reason is there, nothing changes.
  await command(migration, 'retry', '--all')
  await expect.poll(() => requested(migration), patience).toBe(0)
  expect(await parked(migration)).toBe(5)
  await inTarget(migration, 'ALTER TABLE items DROP CONSTRAINT few')
  await command(migration, 'retry', '--all')
  await expect.poll(() => parked(migration), patience).toBe(0)
  await migration.drained()
  await migration.expectEqual()
})

test('what an operator drops is recorded, and the row follows again with its next whole change', async () => {
  const migration = await withRefusedRows()
  const places = [...(await letters(migration)).values()].flat().map(({ place }) => place)
  await command(migration, 'drop', '--yes', '--target', 'new', ...places)
  await expect.poll(() => parked(migration), patience).toBe(0)
  expect(await inTarget(migration, 'SELECT count(*)::int FROM items WHERE id IN (7, 9)')).toEqual([[0]])
  expect(
    await inTarget(migration, `SELECT count(*)::int FROM switchback.parked WHERE status = 'dropped'`),
  ).toEqual([[places.length]])
  await inTarget(migration, 'ALTER TABLE items DROP CONSTRAINT few')
  await migration.sql(`UPDATE items SET qty = 1 WHERE id IN (7, 9)`)
  await migration.drained()
  await migration.expectEqual()
})

/** Retries that the sink has not answered. */
async function requested(migration: Migration): Promise<unknown> {
  const rows = await inTarget(
    migration,
    'SELECT count(*)::int FROM switchback.parked WHERE requested_action IS NOT NULL',
  )
  return rows[0]?.[0]
}
