import { sleep } from '../../core/time.ts'
import type { Bench } from '../bench.ts'
import type { Sides } from '../databases.ts'
import type { Figures } from '../figures.ts'
import { type BenchMigration, withMigration } from '../migration.ts'

/** Until then V8 gives back what the copy needed. */
const settleMs = 20_000
const measuredMs = 30_000

/** What a migration that has nothing to do takes, in percent of one core. */
export function idle(bench: Bench, sides: Sides): Promise<Figures> {
  return withMigration(bench, sides, async migration => {
    migration.start('connector', 'sink')
    await migration.copied()
    await migration.drained()
    await sleep(settleMs, bench.signal)
    const before = cpuSeconds(migration)
    const startedMs = performance.now()
    await sleep(measuredMs, bench.signal)
    const seconds = (performance.now() - startedMs) / 1000
    const after = cpuSeconds(migration)
    const percent = (name: 'connector' | 'sink') => ((after[name] - before[name]) / seconds) * 100
    return {
      cpuPercent: percent('connector') + percent('sink'),
      connectorCpuPercent: percent('connector'),
      sinkCpuPercent: percent('sink'),
    }
  })
}

function cpuSeconds(migration: BenchMigration) {
  const roles = migration.usage()
  return {
    connector: roles.get('connector')?.cpuSeconds ?? 0,
    sink: roles.get('sink')?.cpuSeconds ?? 0,
  }
}
