import { withClient } from '../../stack/postgres/connection.ts'
import type { Service } from '../../core/service.ts'
import { every } from '../../core/time.ts'
import { isOutage, isRefusal, ShopCrowd } from '../../test/support/fire/shop-crowd.ts'
import { seeded } from '../../test/support/migration/seeded.ts'
import { keepSize } from './keep-size.ts'
import type { SoakOptions } from './soak-options.ts'

const keepSizeMs = 2_000
/** Truncates and large transactions hold everything else up. */
const rare = 1 / 5_000

/** The shop's application at full speed, with pauses in which everything can be compared. */
export class ShopAtWork implements Service {
  readonly name = 'application'
  readonly #url: string
  readonly #options: SoakOptions
  #done = 0
  #stretch = 0
  #crowd: ShopCrowd | null = null
  #keeping: { readonly stop: AbortController; readonly running: Promise<void> } | null = null

  constructor(url: string, options: SoakOptions) {
    this.#url = url
    this.#options = options
  }

  get transactions(): number {
    return this.#done + (this.#crowd?.transactions ?? 0)
  }

  get isOpen(): boolean {
    return this.#crowd !== null
  }

  open(): void {
    const { rows, seed, people } = this.#options
    const random = seeded(seed + 1_000 * ++this.#stretch)
    this.#crowd = new ShopCrowd({ url: this.#url, rows, random, connections: people, pauseMs: 0, rare })
    const stop = new AbortController()
    const running = this.#keepSize(stop.signal)
    running.catch(() => undefined)
    this.#keeping = { stop, running }
  }

  /** Rejects if a statement failed in a way that no application expects. */
  async close(): Promise<void> {
    const crowd = this.#crowd
    const keeping = this.#keeping
    keeping?.stop.abort()
    await crowd?.close()
    await keeping?.running
    this.#done = this.transactions
    this.#crowd = null
    this.#keeping = null
  }

  /** Rejects as soon as the application has failed. */
  async run(signal: AbortSignal): Promise<void> {
    for await (const _ of every(1_000, signal)) if (this.#crowd?.failure != null) await this.#crowd.close()
  }

  async #keepSize(signal: AbortSignal): Promise<void> {
    for await (const _ of every(keepSizeMs, signal)) {
      try {
        await withClient(this.#url, client => keepSize(client, this.#options.rows))
      } catch (error) {
        if (!isOutage(error) && !isRefusal(error)) throw error
      }
    }
  }
}
