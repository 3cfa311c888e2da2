import type { Bench } from '../bench.ts'
import { costMeter } from '../cost.ts'
import type { Sides } from '../databases.ts'
import { requireEqual } from '../equal.ts'
import type { Figures } from '../figures.ts'
import { lastCommitMs } from '../last-commit.ts'
import { withMigration } from '../migration.ts'
import { lineChanges } from '../workloads/line-changes.ts'

/** Changes made while the migration is stopped, from its start to the commit of the last of them at the target. */
export function catchUp(bench: Bench, sides: Sides): Promise<Figures> {
  return withMigration(bench, sides, async migration => {
    migration.start('connector', 'sink')
    await migration.copied()
    await migration.stop()
    const { sql, changes } = lineChanges(sides.rows)
    await sides.source.query(sql)
    await Promise.all([sides.source.query('CHECKPOINT'), sides.target.query('CHECKPOINT')])
    const cost = costMeter(bench, migration)
    const startedMs = migration.start('connector', 'sink')
    await migration.drained()
    const costs = cost(changes)
    const seconds = ((await lastCommitMs(sides)) - startedMs) / 1000
    await requireEqual(sides)
    return { rowsPerSecond: changes / seconds, ...costs, seconds, changes }
  })
}
