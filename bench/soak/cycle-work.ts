import { sleep } from '../../core/time.ts'
import { money } from '../../demo/shop/compare.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { differences } from '../../test/support/fire/differences.ts'
import { rough, steady } from './disturbances.ts'
import type { Soak } from './soak.ts'
import type { SoakMigration } from './soak-migration.ts'
import type { CyclePlan } from './soak-plan.ts'

const firstPauseMs = 3_000

/** What is done in a cycle, in its order. */
export class CycleWork {
  comparisons = 0
  readonly disturbances = new Map<string, number>()
  readonly #soak: Soak
  readonly #migration: SoakMigration
  readonly #plan: CyclePlan

  constructor(soak: Soak, migration: SoakMigration, plan: CyclePlan) {
    this.#soak = soak
    this.#migration = migration
    this.#plan = plan
  }

  async run(signal: AbortSignal): Promise<void> {
    const { roughMs, steadyMs } = this.#plan
    this.#soak.shop.open()
    this.#migration.start('connector')
    this.#migration.start('sink')
    // The first disturbances shall meet the snapshot.
    await sleep(firstPauseMs, signal)
    await this.#disturb(rough, roughMs, signal)
    await this.#compare(signal)
    this.#soak.shop.open()
    await this.#disturb(steady, steadyMs, signal)
    await this.#compare(signal)
  }

  async #disturb(list: typeof rough, ms: number, signal: AbortSignal): Promise<void> {
    const { random, say } = this.#soak
    const endMs = performance.now() + ms
    while (performance.now() < endMs && !signal.aborted) {
      const [name, disturbance] = list[Math.floor(random() * list.length)] ?? steady[0] ?? []
      if (name === undefined || disturbance === undefined) return
      say(`  ${name}`)
      await disturbance(this.#soak, this.#migration, signal)
      this.disturbances.set(name, (this.disturbances.get(name) ?? 0) + 1)
      await sleep(Math.min(this.#plan.pauseMs * (0.5 + random()), endMs - performance.now()), signal)
    }
  }

  /** The application pauses; all rows of both sides are compared. */
  async #compare(signal: AbortSignal): Promise<void> {
    const { shop, say } = this.#soak
    const { name, log, source, target } = this.#migration
    await shop.close()
    await this.#migration.drained(signal)
    const different = await withClient(source, ours =>
      withClient(target, async theirs => {
        const wealth = [await money(ours), await money(theirs)]
        const found = await differences(
          { name, log, source: { client: ours }, targets: [{ client: theirs }] },
          'shop',
        )
        return wealth[0] === wealth[1] ? found : `money: ${wealth.join(' and ')}\n${found}`
      }),
    )
    if (different !== '') throw new Error(`source and target differ:\n${different}`)
    const [state] = this.#migration.status?.targets ?? []
    if (state !== undefined && state.parked > 0) throw new Error(`${state.parked} events are parked`)
    this.comparisons++
    say('  source and target are equal')
  }
}
