import type { Bench } from '../bench.ts'
import { costMeter } from '../cost.ts'
import type { Sides } from '../databases.ts'
import { requireEqual } from '../equal.ts'
import type { Figures } from '../figures.ts'
import { withMigration } from '../migration.ts'

/** A connector alone, from its start until everything is copied into Kafka. A sink shows afterwards that it is all there. */
export function sourceToKafka(bench: Bench, sides: Sides): Promise<Figures> {
  return withMigration(bench, sides, async migration => {
    const cost = costMeter(bench, migration)
    const startedMs = migration.start('connector')
    await migration.published()
    const seconds = (Date.now() - startedMs) / 1000
    const costs = cost(sides.rows)
    migration.start('sink')
    await migration.copied()
    await requireEqual(sides)
    return { rowsPerSecond: sides.rows / seconds, ...costs, seconds }
  })
}
