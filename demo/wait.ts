import type { Client } from 'pg'
import type { MigrationStatus } from '../control/migration-status.ts'
import type { StatusReader } from '../control/status-reader.ts'
import { sleep } from '../core/time.ts'

/** Reads the status until it satisfies `done`. */
async function until(
  status: StatusReader,
  done: (now: MigrationStatus) => boolean,
  signal: AbortSignal,
): Promise<MigrationStatus> {
  for (;;) {
    const now = await status.read(false, signal)
    if (done(now)) return now
    signal.throwIfAborted()
    await sleep(200, signal)
  }
}

/** Everything is copied, and the targets have applied it but for what changed in the meantime. */
export function copied(status: StatusReader, signal: AbortSignal): Promise<MigrationStatus> {
  return until(
    status,
    ({ tables, targets }) =>
      tables.length > 0 &&
      tables.every(table => table.snapshot === 'copied') &&
      targets.every(target => target.lagEvents !== null && target.lagEvents < 10_000),
    signal,
  )
}

/** Every change that is committed at the source now has been applied to every target. */
export async function drained(
  source: Client,
  status: StatusReader,
  signal: AbortSignal,
): Promise<MigrationStatus> {
  // A position of the log behind all commits, and a commit behind it that the connector gets to see.
  const marker = await source.query<{ hex: string }>(
    `SELECT lpad(to_hex((pg_logical_emit_message(true, 'demo', '') - '0/0')::bigint), 16, '0') AS hex`,
  )
  const hex = marker.rows[0]?.hex ?? ''
  return until(
    status,
    ({ position, targets }) =>
      position !== null && position.slice(0, 16) > hex && targets.every(target => target.lagEvents === 0),
    signal,
  )
}
