import { digests, type TableDigest } from '../demo/shop/compare.ts'
import type { Sides } from './databases.ts'

/** Throws unless all tables hold the same rows on both sides. No figure counts before. */
export async function requireEqual({ source, target, workload }: Sides): Promise<void> {
  const [ours, theirs] = await Promise.all([
    digests(source, workload.schema),
    digests(target, workload.schema),
  ])
  const different = differentTables(ours, theirs)
  if (ours.length === 0) throw new Error(`there are no tables in ${workload.name}`)
  if (different.length > 0) throw new Error(`source and target differ in ${different.join(', ')}`)
}

/** The names of the tables that the other side lacks or has otherwise. */
export function differentTables(
  ours: readonly TableDigest[],
  theirs: readonly TableDigest[],
): readonly string[] {
  const others = new Map(theirs.map(table => [table.table, table]))
  return ours
    .filter(({ table, rows, digest }) => {
      const other = others.get(table)
      return other?.rows !== rows || other.digest !== digest
    })
    .map(({ table }) => table)
}
