import { query } from '../databases/postgres/query.ts'
import type { Session } from '../databases/postgres/with-session.ts'
import { sleep } from '../core/time.ts'
import type { MigrationStatus } from './migration-status.ts'
import type { StatusReader } from './status-reader.ts'

const pauseMs = 200

const emitMarker = `
SELECT lpad(to_hex((pg_logical_emit_message(true, 'switchback', '') - '0/0')::bigint), 16, '0') AS marker`

/** Reads the status until it satisfies `done`, and gives the one that does. Throws what the signal aborts with. */
export async function untilStatus(
  status: StatusReader,
  done: (now: MigrationStatus) => boolean,
  signal: AbortSignal,
): Promise<MigrationStatus> {
  for (;;) {
    const now = await status.read(false, signal)
    if (done(now)) return now
    signal.throwIfAborted()
    await sleep(pauseMs, signal)
  }
}

/** Waits until everything is copied, and every target is at most `lagEvents` behind. */
export function copied(
  status: StatusReader,
  lagEvents: number,
  signal: AbortSignal,
): Promise<MigrationStatus> {
  return untilStatus(status, now => isCopied(now) && isWithin(now, lagEvents), signal)
}

/** Waits until every target has all that is committed at the source now; `source` writes a marker for it. */
export async function drained(
  source: Session,
  status: StatusReader,
  signal: AbortSignal,
): Promise<MigrationStatus> {
  const [row] = await query<{ marker: string }>(source, 'write a marker', emitMarker)
  const marker = row?.marker ?? ''
  // The order begins with the end of a commit; the marker lies before the end of its own.
  const passed = ({ position }: MigrationStatus) => position !== null && position.slice(0, 16) > marker
  return untilStatus(status, now => isCopied(now) && passed(now) && isWithin(now, 0), signal)
}

function isCopied({ tables }: MigrationStatus): boolean {
  return tables.length > 0 && tables.every(table => table.snapshot === 'copied')
}

/** A target that cannot be asked is behind by more than anybody knows. */
function isWithin({ targets, unreachable }: MigrationStatus, lagEvents: number): boolean {
  return (
    unreachable.length === 0 &&
    targets.every(target => target.lagEvents !== null && target.lagEvents <= lagEvents)
  )
}
