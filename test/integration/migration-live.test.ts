import { expect, test } from 'vitest'
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
  const shop = await openShop(migration, 40_000)
  await migration.start('run')
  await migration.copied()
  expect(shop.transactions, 'during the copy').toBeGreaterThan(20)
  await shop.close()
  const { tables } = await migration.drained()
  expect(tables.map(({ snapshot }) => snapshot)).toEqual(Array(7).fill('copied'))
  await migration.expectEqual('shop')
  await shop.expectMoney()
})
