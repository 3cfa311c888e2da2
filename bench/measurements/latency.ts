import type { Client } from 'pg'
import type { Bench } from '../bench.ts'
import type { Sides } from '../databases.ts'
import { requireEqual } from '../equal.ts'
import type { Figures } from '../figures.ts'
import { latencies } from '../latencies.ts'
import { withMigration } from '../migration.ts'
import { writeSteadily } from '../steady-writer.ts'

/** Until then the broker compiles itself. */
const warmUpMs = 20_000
const measuredSeconds = 15

const committed = `
SELECT order_id || '/' || line AS key, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000)::float8 AS ms
FROM orders_lines WHERE status = 'steady'`

/** From a change's commit at the source to its commit at the target, at a steady pace, as both servers have noted it. */
export function latency(bench: Bench, sides: Sides): Promise<Figures> {
  return withMigration(bench, sides, async migration => {
    migration.start('connector', 'sink')
    await migration.copied()
    await migration.drained()
    await settle(sides)
    const seconds = measuredSeconds + warmUpMs / 1000
    const written = await writeSteadily(sides.source, sides.rows, seconds, bench.signal)
    await migration.drained()
    await requireEqual(sides)
    const source = await commits(sides.source)
    const target = await commits(sides.target)
    if (source.size !== written) throw new Error(`${source.size} of ${written} rows were written`)
    return latencies(source, target, warmUpMs)
  })
}

/** What the copy has left to the databases, such as a million rows to be vacuumed, is no part of a change's way. */
async function settle({ source, target, tables }: Sides): Promise<void> {
  for (const client of [source, target]) {
    for (const { name } of tables) await client.query(`VACUUM (ANALYZE) ${name}`)
    await client.query('CHECKPOINT')
  }
}

async function commits(client: Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ key: string; ms: number }>(committed)
  return new Map(rows.map(({ key, ms }) => [key, ms]))
}
