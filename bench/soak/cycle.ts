import { runTogether, type Service } from '../../core/service.ts'
import { freePort } from '../../stack/free-port.ts'
import { createDatabase, withClient } from '../../stack/postgres/connection.ts'
import { migrationText } from '../migration-text.ts'
import { CycleWork } from './cycle-work.ts'
import { progressWatch } from './progress-watch.ts'
import type { Soak } from './soak.ts'
import { SoakMigration } from './soak-migration.ts'
import type { CyclePlan } from './soak-plan.ts'

/** Longer than any wait of ours, disturbances one upon the other included. */
const patienceMs = 120_000

export interface CycleResult {
  readonly comparisons: number
  readonly disturbances: Readonly<Record<string, number>>
}

/** One migration from its snapshot to its end, under the application. Rejects at the first thing that is wrong. */
export async function runCycle(
  soak: Soak,
  plan: CyclePlan,
  cycle: number,
  signal: AbortSignal,
): Promise<CycleResult> {
  const migration = await openMigration(soak, cycle)
  const work = new CycleWork(soak, migration, plan)
  soak.sampler.watched = { cycle, migration }
  try {
    await watched(soak, migration, work, signal)
    signal.throwIfAborted()
  } catch (error) {
    if (!signal.aborted) soak.say(migration.logs())
    await soak.shop.close().catch(() => undefined)
    await migration.close().catch(() => undefined)
    throw error
  } finally {
    soak.sampler.watched = null
  }
  await end(soak, migration)
  return { comparisons: work.comparisons, disturbances: Object.fromEntries(work.disturbances) }
}

/** Does the work, and fails at once when anything beside it is wrong. */
async function watched(
  soak: Soak,
  migration: SoakMigration,
  work: CycleWork,
  signal: AbortSignal,
): Promise<void> {
  const { shop, sampler } = soak
  const done = new AbortController()
  const schedule: Service = {
    name: 'schedule',
    async run(stopping) {
      await work.run(stopping)
      done.abort()
    },
  }
  const progress = progressWatch(
    {
      status: () => migration.status,
      transactions: () => shop.transactions,
      isOpen: () => shop.isOpen,
      isAwaited: () => migration.isAwaited,
      isServerDown: () => soak.isServerDown,
    },
    { patienceMs, lookMs: 1_000 },
  )
  await runTogether([schedule, progress, migration, shop, sampler], AbortSignal.any([signal, done.signal]))
}

async function openMigration({ servers, folder, source }: Soak, cycle: number): Promise<SoakMigration> {
  const name = `soak_${cycle}`
  const target = await createDatabase(servers.target, name)
  const httpPorts = { connector: await freePort(), sink: await freePort() }
  const plan = { migration: name, schema: 'shop', source: 'soak', target: name, http: httpPorts }
  const text = await migrationText({ servers, folder }, plan)
  return new SoakMigration({ name, text, source, target, httpPorts })
}

/** Nothing of the migration may be left. */
async function end({ servers }: Soak, migration: SoakMigration): Promise<void> {
  const left = [...(await migration.close())]
  const slots = `SELECT 'slot ' || slot_name AS what FROM pg_replication_slots`
  const sessions = `SELECT 'connection ' || application_name AS what FROM pg_stat_activity WHERE application_name LIKE 'switchback%'`
  for (const { url } of [servers.source, servers.target]) {
    const { rows } = await withClient(url, client =>
      client.query<{ what: string }>(`${slots} UNION ALL ${sessions}`),
    )
    left.push(...rows.map(({ what }) => what))
  }
  if (left.length > 0) throw new Error(`left over by ${migration.name}: ${left.join(', ')}`)
  await withClient(servers.target.url, client => client.query(`DROP DATABASE ${migration.name} WITH (FORCE)`))
}
