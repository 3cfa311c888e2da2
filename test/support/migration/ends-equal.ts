import { expect } from 'vitest'
import type { Migration } from './migration.ts'
import type { Shop } from './shop.ts'

/** The shop works once more when everything is copied, and closes: both sides are equal, and no event came twice. */
export async function endsEqual(migration: Migration, shop: Shop): Promise<void> {
  await migration.copied()
  await shop.works(20)
  await shop.close()
  await migration.drained()
  await migration.expectEqual('shop')
  await shop.expectMoney()
  for (const role of migration.running) expect(await role.metric('switchback_skipped_events_total')).toBe(0)
}
