import type { MigrationError } from '../../core/errors.ts'
import { effect } from '../table-batch.ts'
import { isRefusal } from './refusal.ts'
import { tableStatements, type TableWrite } from './table-statements.ts'
import type { WriterSession } from './writer-session.ts'

/** Entries of one event that the target refuses. */
export interface RefusedEntries {
  readonly entries: Int32Array
  readonly error: MigrationError
}

/** Tries to write events, given by their entries; null: they are written. */
export type Attempt = (events: readonly Int32Array[]) => Promise<MigrationError | null>

/** The events that are refused alone: halves what is refused until single events are left. */
export async function refusedAlone(
  attempt: Attempt,
  events: readonly Int32Array[],
): Promise<RefusedEntries[]> {
  const [first] = events
  if (first === undefined) return []
  const error = await attempt(events)
  if (error === null) return []
  if (events.length === 1) return [{ entries: first, error }]
  const half = events.length >> 1
  return [
    ...(await refusedAlone(attempt, events.slice(0, half))),
    ...(await refusedAlone(attempt, events.slice(half))),
  ]
}

/**
 * Writes what can be written and returns the rest, inside a transaction. What is refused alone is tried again as long as that helps,
 * because one may depend on another.
 */
export async function writeHalves(
  session: WriterSession,
  write: TableWrite,
): Promise<readonly RefusedEntries[]> {
  const attempt: Attempt = events => tryToWrite(session, { ...write, entries: together(events) })
  let refused = await refusedAlone(attempt, eventsOf(write))
  while (refused.length > 1) {
    const again = await refusedAlone(
      attempt,
      refused.map(({ entries }) => entries),
    )
    if (again.length === refused.length) break
    refused = again
  }
  return refused
}

/** Writes entries inside a transaction, or nothing: then the refusal comes back. */
export async function tryToWrite(session: WriterSession, write: TableWrite): Promise<MigrationError | null> {
  // Before the savepoint: there it costs nothing but the first time.
  await session.run([{ sql: write.plan.sql.emptyStage }, { sql: 'SAVEPOINT part' }])
  try {
    await session.run(tableStatements(write))
    await session.execute('RELEASE SAVEPOINT part')
    return null
  } catch (error) {
    if (!isRefusal(error)) throw error
    await session.undo('part')
    return error
  }
}

export function together(events: readonly Int32Array[]): Int32Array {
  return Int32Array.from(events.flatMap(entries => [...entries]))
}

/** The entries of a changed row without a key, old and new, belong together. */
function eventsOf({ batch, entries }: TableWrite): Int32Array[] {
  const events: Int32Array[] = []
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] ?? 0
    const next = entries[index + 1] ?? -1
    const pair =
      !batch.version.keyed &&
      next === entry + 1 &&
      batch.effectOf(entry) === effect.deleted &&
      batch.sourceOf(entry) === batch.sourceOf(next) &&
      batch.offsetDelta(entry) === batch.offsetDelta(next)
    events.push(entries.slice(index, pair ? index + 2 : index + 1))
    if (pair) index++
  }
  return events
}
