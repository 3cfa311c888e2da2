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

/**
 * Writes what can be written and returns the rest, inside a transaction. Halves what is refused until single events are
 * left; these are tried again as long as that helps, because one may depend on another.
 */
export async function writeOrRefuse(
  session: WriterSession,
  write: TableWrite,
): Promise<readonly RefusedEntries[]> {
  let refused = await writeHalves(session, write, eventsOf(write))
  while (refused.length > 1) {
    const again = await writeHalves(
      session,
      write,
      refused.map(({ entries }) => entries),
    )
    if (again.length === refused.length) break
    refused = again
  }
  return refused
}

async function writeHalves(
  session: WriterSession,
  write: TableWrite,
  events: readonly Int32Array[],
): Promise<RefusedEntries[]> {
  const [first] = events
  if (first === undefined) return []
  const error = await tryToWrite(session, {
    ...write,
    entries: Int32Array.from(events.flatMap(entries => [...entries])),
  })
  if (error === null) return []
  if (events.length === 1) return [{ entries: first, error }]
  const half = events.length >> 1
  return [
    ...(await writeHalves(session, write, events.slice(0, half))),
    ...(await writeHalves(session, write, events.slice(half))),
  ]
}

async function tryToWrite(session: WriterSession, write: TableWrite): Promise<MigrationError | null> {
  await session.execute('SAVEPOINT part')
  try {
    await session.run([{ sql: write.plan.sql.emptyStage }, ...tableStatements(write)])
    await session.execute('RELEASE SAVEPOINT part')
    return null
  } catch (error) {
    if (!isRefusal(error)) throw error
    await session.execute('ROLLBACK TO SAVEPOINT part')
    return error
  }
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
