import { expect, onTestFinished } from 'vitest'
import { Application } from '../../../demo/shop/application.ts'
import { money } from '../../../demo/shop/compare.ts'
import { loadShop } from '../../../demo/shop/load-shop.ts'
import type { Migration } from './migration.ts'

/** The shop of the demo at the source of a migration, with its application at work. */
export interface Shop {
  readonly transactions: number
  /** Waits until the application has done this many more transactions. */
  readonly works: (transactions: number) => Promise<void>
  /** The application goes home. Rejects if something made one of its statements fail. */
  readonly close: () => Promise<void>
  /** Money was only moved, never made, on both sides. */
  readonly expectMoney: () => Promise<void>
}

/** Fills the source with about `rows` rows and opens the shop. */
export async function openShop(migration: Migration, rows: number): Promise<Shop> {
  const { client, database } = migration.source
  await loadShop(client, rows)
  const before = await money(client)
  const application = new Application({ url: database.url, connections: 2, pauseMs: 10, rows })
  const closing = new AbortController()
  const running = application.run(closing.signal)
  const close = async () => {
    closing.abort()
    await running
  }
  running.catch(() => undefined)
  onTestFinished(() => close().catch(() => undefined))
  return {
    get transactions() {
      return application.transactions
    },
    async works(transactions) {
      const enough = application.transactions + transactions
      await expect
        .poll(() => application.transactions, { timeout: 60_000, interval: 10 })
        .toBeGreaterThanOrEqual(enough)
    },
    close,
    async expectMoney() {
      const sides = [migration.source, ...migration.targets]
      for (const side of sides) expect(await money(side.client), side.database.name).toBe(before)
    },
  }
}
