import type { Bench } from '../bench.ts'
import { costMeter } from '../cost.ts'
import type { Sides } from '../databases.ts'
import { requireEqual } from '../equal.ts'
import type { Figures } from '../figures.ts'
import { lastCommitMs } from '../last-commit.ts'
import { withMigration } from '../migration.ts'

/** A new migration, from the start of its processes to the commit of its last row at the target. */
export function snapshot(bench: Bench, sides: Sides): Promise<Figures> {
  return withMigration(bench, sides, async migration => {
    const cost = costMeter(bench, migration)
    const startedMs = migration.start('connector', 'sink')
    await migration.copied()
    const costs = cost(sides.rows)
    const seconds = ((await lastCommitMs(sides)) - startedMs) / 1000
    await requireEqual(sides)
    return { rowsPerSecond: sides.rows / seconds, ...costs, seconds }
  })
}
