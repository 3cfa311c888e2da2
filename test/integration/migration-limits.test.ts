import { expect, test } from 'vitest'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'

failOnLeaks()

test('a limit of the source holds the copy back and not the changes, until the file lifts it', async () => {
  const rows = 4_000
  const migration = await openMigration({
    tables: `CREATE TABLE t (id int PRIMARY KEY, pad text);
      INSERT INTO t SELECT n, repeat('x', 100) FROM generate_series(1, ${rows}) n`,
  })
  const { source } = migration.settings
  migration.settings.snapshot = { readers: 1, chunkBytes: 65_536 }
  source.limits = { rowsPerSecond: 1 }
  const role = await migration.start('run')
  const copiedRows = async () => (await migration.status()).tables[0]?.rows ?? 0
  await expect.poll(copiedRows).toBeGreaterThan(0)
  const changed = async () => {
    const found = await migration.targets[0]?.client.query(`SELECT FROM t WHERE pad LIKE 'changed%'`)
    return found?.rowCount
  }
  for (let n = 1; n <= 20; n++) {
    await migration.sql(`UPDATE t SET pad = 'changed ${n}' WHERE id = ${rows - n}`)
    await expect.poll(changed).toBe(n)
  }
  expect(await copiedRows()).toBeLessThan(rows / 2)
  delete source.limits
  role.configure(migration.settings)
  await migration.drained()
  expect(role.log).toContain('limits changed')
  await migration.expectEqual()
})

test('a limit of a target holds back what is applied, and a file with problems changes nothing', async () => {
  const migration = await openMigration({ tables: 'CREATE TABLE t (id int PRIMARY KEY, pad text)' })
  const [target] = migration.settings.targets
  if (target === undefined) throw new Error('no target')
  const role = await migration.start('run')
  await migration.copied()
  target.limits = { rowsPerSecond: 30 }
  role.configure(migration.settings)
  await expect.poll(() => role.log).toContain('limits changed')
  await migration.sql('INSERT INTO t SELECT n FROM generate_series(1, 10000) n')
  const applied = async () => (await migration.targets[0]?.client.query('SELECT FROM t'))?.rowCount
  // However few rows come first, so many are there after half a minute at most, and what comes next has to wait as long.
  await expect.poll(applied).toBeGreaterThan(1_000)
  await migration.sql('INSERT INTO t VALUES (0)')
  role.configure({ ...migration.settings, targets: [{ ...target, limits: { rowsPerSecond: -1 } }] })
  await expect.poll(() => role.log).toContain('changed configuration not read')
  await migration.until(now => (now.targets[0]?.lagEvents ?? 0) > 0)
  const found = await migration.targets[0]?.client.query('SELECT FROM t WHERE id = 0')
  expect(found?.rowCount).toBe(0)
  delete target.limits
  role.configure(migration.settings)
  await migration.drained()
  await migration.expectEqual()
})
