import type { Sides } from './databases.ts'

/**
 * When the newest row of the target's tables was committed there, ms since 1970. Asked afterwards, so that nothing has to
 * look while it is measured.
 */
export async function lastCommitMs({ target, tables }: Sides): Promise<number> {
  let lastMs = 0
  for (const { name } of tables) {
    const { rows } = await target.query<{ ms: number | null }>(
      `SELECT (extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) * 1000)::float8 AS ms FROM ${name}`,
    )
    lastMs = Math.max(lastMs, rows[0]?.ms ?? 0)
  }
  return lastMs
}
