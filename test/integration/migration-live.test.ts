import { expect, onTestFinished, test } from 'vitest'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { openShop } from '../support/migration/shop.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const ways = [
  ['15 to 18', () => ({ from: servers().source, to: [servers().target] })],
  ['18 to 15', () => ({ from: servers().target, to: [servers().source] })],
] as const

test.for(ways)('a shop is copied from PostgreSQL %s while its application writes', async ([, way]) => {
  const migration = await openMigration({ ...way(), include: ['shop.*'] })
  const shop = await openShop(migration, 12_000)
  const role = await migration.start('run')
  await migration.copied()
  expect(await role.metric('switchback_events_total'), 'events during the copy').toBeGreaterThan(20)
  await shop.close()
  const { tables } = await migration.drained()
  expect(tables.map(({ snapshot }) => snapshot)).toEqual(Array(7).fill('copied'))
  await migration.expectEqual('shop')
  await shop.expectMoney()
})

test('a migration whose processes are stopped for a while goes on where it was', async () => {
  const migration = await openMigration({ include: ['shop.*'] })
  const shop = await openShop(migration, 8_000)
  const connector = await migration.start('connector')
  const sink = await migration.start('sink')
  await migration.until(({ tables }) => tables.some(({ rows }) => rows > 0))
  await connector.stop()
  await sink.stop()
  await shop.works(100)
  const stopped = await migration.status()
  await migration.start('sink')
  await migration.start('connector')
  await migration.copied()
  await shop.close()
  const { position } = await migration.drained()
  expect(position ?? '').toSatisfy((now: string) => now > (stopped.position ?? ''))
  await migration.expectEqual('shop')
  await shop.expectMoney()
})

test('a second target that is added to a running migration gets everything from the beginning', async () => {
  const { source, target } = servers()
  const migration = await openMigration({ include: ['shop.*'], to: [target, source] })
  const second = migration.settings.targets.splice(1)
  const shop = await openShop(migration, 8_000)
  await migration.start('run')
  await migration.until(
    ({ tables }) => tables.length > 0 && tables.every(table => table.snapshot === 'copied'),
  )
  migration.settings.targets.push(...second)
  await migration.start('sink', '--target', 'second')
  await shop.works(50)
  await shop.close()
  await migration.drained()
  await migration.expectEqual('shop')
  await shop.expectMoney()
})

test('a source without any traffic is copied to its end', async () => {
  const from = await startPostgres({ version: 15 })
  onTestFinished(() => from.stop())
  const migration = await openMigration({
    from,
    tables: `CREATE TABLE quiet (id int PRIMARY KEY, text text);
      INSERT INTO quiet SELECT n, md5(n::text) FROM generate_series(1, 20000) n;
      CREATE TABLE "quiet bag" (text text);
      INSERT INTO "quiet bag" SELECT md5((n / 2)::text) FROM generate_series(1, 5000) n;
      CREATE TABLE empty (id int PRIMARY KEY)`,
  })
  await migration.start('run')
  await migration.until(
    ({ tables, targets }) =>
      tables.length === 3 &&
      tables.every(table => table.snapshot === 'copied') &&
      targets.every(target => target.lagEvents === 0),
  )
  await migration.expectEqual()
})

test('quiet tables on a busy server do not hold its log back', async () => {
  const migration = await openMigration({
    include: ['public.quiet'],
    tables: `CREATE TABLE quiet (id int PRIMARY KEY); INSERT INTO quiet VALUES (1); CREATE TABLE busy (text text)`,
  })
  await migration.start('run')
  await migration.copied()
  const { client } = migration.source
  for (let round = 0; round < 4; round++)
    await migration.sql(`INSERT INTO busy SELECT repeat('x', 1000) FROM generate_series(1, 5000)`)
  const { rows } = await client.query<{ end: string }>('SELECT pg_current_wal_insert_lsn() AS end')
  const heldBack = async (): Promise<bigint> => {
    const { rows: found } = await client.query<{ lag: string }>(
      `SELECT $1::pg_lsn - confirmed_flush_lsn AS lag FROM pg_replication_slots WHERE database = current_database()`,
      [rows[0]?.end],
    )
    return BigInt(found[0]?.lag ?? Number.NaN)
  }
  await expect.poll(heldBack, { interval: 200 }).toBeLessThan(1_000_000n)
  await migration.drained()
})
