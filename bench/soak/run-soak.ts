import { Cleanup } from '../../core/cleanup.ts'
import { loadShop } from '../../demo/shop/load-shop.ts'
import { createDatabase, withClient } from '../../stack/postgres/connection.ts'
import { hotTable } from '../../test/support/fire/hard-actions.ts'
import { seeded } from '../../test/support/migration/seeded.ts'
import { machine } from '../machine.ts'
import { startServers } from '../servers.ts'
import { type CycleResult, runCycle } from './cycle.ts'
import { type Growth, growths } from './growth.ts'
import type { Sample } from './sample.ts'
import { Sampler } from './sampler.ts'
import { ShopAtWork } from './shop-at-work.ts'
import type { Soak } from './soak.ts'
import type { SoakOptions } from './soak-options.ts'
import { soakPlan } from './soak-plan.ts'

/** All that one soak has found. */
export interface SoakResult {
  readonly options: SoakOptions
  readonly machine: ReturnType<typeof machine>
  readonly minutes: number
  readonly transactions: number
  readonly cycles: readonly CycleResult[]
  readonly growths: readonly Growth[]
  readonly samples: readonly Sample[]
  /** What was wrong; empty when all is well. */
  readonly failures: readonly string[]
}

/** Each process of Switchback has to live with so much. */
const mostMemoryMb = 512

/** Orders come and go all the time, and the payments with them. */
const quickly = 'CREATE INDEX ON shop.payments (order_id)'

interface Surroundings {
  /** For passwords; exists, and is removed afterwards. */
  readonly folder: string
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

export async function runSoak(options: SoakOptions, around: Surroundings): Promise<SoakResult> {
  const cleanup = new Cleanup()
  const begunMs = performance.now()
  const cycles: CycleResult[] = []
  try {
    const soak = await openSoak(options, around, cleanup)
    const failures: string[] = []
    try {
      for (const [index, plan] of soakPlan(options.minutes).entries()) {
        around.say(`cycle ${index + 1}: a new migration`)
        cycles.push(await runCycle(soak, plan, index + 1, around.signal))
      }
    } catch (error) {
      around.signal.throwIfAborted()
      failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
    }
    const { samples } = soak.sampler
    const grown = growths(samples)
    return {
      options,
      machine: machine(soak.servers),
      minutes: (performance.now() - begunMs) / 60_000,
      transactions: soak.shop.transactions,
      cycles,
      growths: grown,
      samples,
      failures: [...failures, ...leaks(grown), ...tooLarge(samples)],
    }
  } finally {
    await cleanup.run()
  }
}

async function openSoak(
  options: SoakOptions,
  { folder, say }: Surroundings,
  cleanup: Cleanup,
): Promise<Soak> {
  say(`seed ${options.seed}: starting a Kafka broker and two PostgreSQL servers`)
  const servers = await startServers({ from: 15, to: 18 }, cleanup)
  const source = await createDatabase(servers.source, 'soak')
  await withClient(source, async client => {
    await loadShop(client, options.rows)
    await client.query(hotTable)
    await client.query(quickly)
  })
  const shop = new ShopAtWork(source, options)
  const sampler = new Sampler({ servers, transactions: () => shop.transactions, say })
  const random = seeded(options.seed)
  return { isServerDown: false, options, servers, folder, source, shop, sampler, random, say }
}

function leaks(grown: readonly Growth[]): readonly string[] {
  return grown
    .filter(({ isLeak }) => isLeak)
    .map(({ role, figure, early, late, minutes }) => {
      return `leak: ${figure} of a ${role} went from ${early} to ${late} in ${minutes} minutes`
    })
}

function tooLarge(samples: readonly Sample[]): readonly string[] {
  return (['connector', 'sink'] as const).flatMap(role => {
    const peak = Math.max(0, ...samples.map(({ roles }) => roles[role]?.peakMb ?? 0))
    return peak > mostMemoryMb ? [`memory: a ${role} had ${peak} MB in use`] : []
  })
}
