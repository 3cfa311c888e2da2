import { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import { isRefusal } from './refusal.ts'
import { replaceStatements, type TableWrite } from './table-statements.ts'
import { refusedAlone, type RefusedEntries, together, tryToWrite, writeHalves } from './write-halves.ts'
import type { WriterSession } from './writer-session.ts'

/** For so many conflicts the server is asked which constraint it is. */
const mostAsked = 20

/**
 * Writes what can be written and returns the rest, inside a transaction. Rows whose unique values are taken are left out together: after
 * an outage these can be many, and the rows that they wait for are still to come. What is refused for good is searched for by halves.
 */
export async function writeOrRefuse(
  session: WriterSession,
  write: TableWrite,
): Promise<readonly RefusedEntries[]> {
  if (!write.batch.version.keyed) return writeHalves(session, write)
  await session.execute(write.plan.sql.numberStage)
  let refused: readonly RefusedEntries[] = []
  let left = write.entries
  for (;;) {
    const conflicts = await writeAround(session, { ...write, entries: left })
    if (conflicts === 'impossible') return writeHalves(session, write)
    if (conflicts !== 'refused') return withReasons(session, write, [...refused, ...conflicts])
    const more = await refusedForGood(session, { ...write, entries: left })
    // It is refused together, but not alone.
    if (more.length === 0) return [...refused, ...(await writeHalves(session, { ...write, entries: left }))]
    refused = [...refused, ...more]
    const out = new Set(more.flatMap(({ entries }) => [...entries]))
    left = left.filter(entry => !out.has(entry))
  }
}

/**
 * Writes all rows but those that are in conflict, and gives these back; nothing when something else is refused, or when the table has a
 * deferrable constraint, around which the server cannot write. (It checks such a constraint by a trigger, which is quiet for us.)
 */
async function writeAround(
  session: WriterSession,
  write: TableWrite,
): Promise<'refused' | 'impossible' | readonly RefusedEntries[]> {
  const { sql } = write.plan
  const statements = replaceStatements({ ...write, mode: 'around' })
  await session.run([{ sql: sql.emptyStage }, { sql: 'SAVEPOINT around' }])
  try {
    await session.run(statements.stage)
    let conflicts: readonly RefusedEntries[] = []
    for (;;) {
      await session.run([{ sql: 'SAVEPOINT round' }, ...statements.replace])
      const rows = await query<{ nth: number }>(session.client, 'look what was left out', sql.leftOut)
      if (rows.length === 0) break
      // A row that stays as it was may keep others from their values: without it from the beginning.
      await session.undo('round')
      await session.execute(sql.leaveOut, [rows.map(({ nth }) => nth)])
      conflicts = [...conflicts, ...conflictsOf(write, rows)]
    }
    await session.execute('RELEASE SAVEPOINT around')
    return conflicts
  } catch (error) {
    const isDeferrable = hasDeferrable(error)
    if (!isRefusal(error) && !isDeferrable) throw error
    await session.undo('around')
    return isDeferrable ? 'impossible' : 'refused'
  }
}

/** object_not_in_prerequisite_state: "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters" */
function hasDeferrable(error: unknown): boolean {
  return error instanceof MigrationError && error.details['sqlState'] === '55000'
}

function conflictsOf(
  { plan, entries }: TableWrite,
  rows: readonly { readonly nth: number }[],
): RefusedEntries[] {
  const found = `${plan.version.id}: a value that must be unique belongs to another row, as in other rows of the same transaction`
  const details = { table: plan.version.id, sqlState: '23505' }
  const error = new MigrationError('postgres.row_refused', found, { details })
  return rows.map(({ nth }) => ({ entries: entries.slice(nth, nth + 1), error }))
}

/** What no order of rows would make the target take. Writes nothing. */
async function refusedForGood(session: WriterSession, write: TableWrite): Promise<readonly RefusedEntries[]> {
  await session.execute('SAVEPOINT trial')
  const refused = await refusedAlone(
    events => tryToWrite(session, { ...write, entries: together(events), mode: 'around' }),
    Array.from(write.entries, entry => Int32Array.of(entry)),
  )
  await session.undo('trial')
  return refused
}

/** Writes conflicting rows whose chance has come meanwhile, and finds out what the others are in conflict with, unless they are many. */
async function withReasons(
  session: WriterSession,
  write: TableWrite,
  refused: readonly RefusedEntries[],
): Promise<readonly RefusedEntries[]> {
  if (refused.length > mostAsked) return refused
  const told: RefusedEntries[] = []
  for (const { entries } of refused) {
    const error = await tryToWrite(session, { ...write, entries })
    if (error !== null) told.push({ entries, error })
  }
  return told
}
