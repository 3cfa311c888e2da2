import type { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import { partitionId } from '../../kafka/partition-id.ts'
import { type ParkedKey, type ParkedPlace, parkedKeyText } from '../parked.ts'
import { keyParameters, openOfKeys } from './parked-table.ts'
import type { ParkedRelease } from '../sink.ts'
import { type Ownership, takenOver } from './progress-table.ts'
import { parkedCode } from './refusal.ts'
import { ParkedInBatch, keyOf } from './refused-events.ts'
import { tableWrite } from './table-statements.ts'
import { writeOrRefuse } from './write-or-refuse.ts'
import type { StagedTable, WriterSession } from './writer-session.ts'

const own = `
SELECT FROM switchback.progress WHERE migration = $1 AND topic = $2 AND partition = $3 AND owner = $4::uuid FOR UPDATE`

const lockOpen = `
SELECT p.topic, p.partition, p.record_offset::text AS record_offset, p.requested_action
FROM switchback.parked p ${openOfKeys}
ORDER BY p.topic, p.partition, p.record_offset FOR UPDATE`

// Before the attempt that answers it: what is asked for from now on may come too late for this one, and must not be forgotten with it.
const takeUp = `
UPDATE switchback.parked p SET requested_action = NULL ${openOfKeys} AND p.requested_action = 'retry'`

const applied = `
UPDATE switchback.parked p SET status = 'applied', resolved_at = now() ${openOfKeys}`

const refused = `
UPDATE switchback.parked p SET status = 'parked', code = $6, message = $7, tried_at = now() ${openOfKeys}
  AND p.record_offset = ($5::bigint[])[1]`

const drop = `
UPDATE switchback.parked p SET status = 'dropped', requested_action = NULL, resolved_at = now() ${openOfKeys}
  AND p.requested_action = 'drop'`

interface TakenRow extends Record<string, unknown> {
  readonly topic: string
  readonly partition: number
  readonly record_offset: string
  readonly requested_action: 'retry' | 'drop' | null
}

export interface PlannedRelease extends Pick<ParkedRelease, 'keys' | 'events'> {
  readonly writes: readonly StagedTable[]
}

/**
 * Applies the parked events of keys and notes it, in one transaction. Gives the keys that are refused again; changed, and nothing
 * done, when they are not what is parked under the keys any more, or some are to be dropped.
 */
export async function releaseKeys(
  session: WriterSession,
  ours: Ownership,
  { keys, events, writes }: PlannedRelease,
): Promise<readonly ParkedKey[] | 'changed'> {
  await session.stage(writes)
  await beginAsOwner(session, ours, keys)
  if (!(await takeUpAll(session, keyParameters(ours.migration, keys), events))) {
    await session.execute('ROLLBACK')
    return 'changed'
  }
  const errors = await writeReleased(session, writes)
  const errorOf = (key: ParkedKey) => (keys.length === 1 ? [...errors.values()][0] : errors.get(nameOf(key)))
  for (const key of keys) {
    const error = errorOf(key)
    if (error === undefined) continue
    const reason = [parkedCode(error), error.message]
    await session.execute(refused, [...keyParameters(ours.migration, [key]), ...reason])
  }
  const fine = keys.filter(key => errorOf(key) === undefined)
  if (fine.length > 0) await session.execute(applied, keyParameters(ours.migration, fine))
  await session.execute('COMMIT')
  return keys.filter(key => errorOf(key) !== undefined)
}

/** A truncate, or a commit whose answer was lost, may have resolved events since they were read: applied now, they would bring rows back. */
async function takeUpAll(
  { client }: WriterSession,
  parameters: readonly unknown[],
  events: readonly ParkedPlace[],
): Promise<boolean> {
  const doing = 'take up parked events'
  const taken = await query<TakenRow>(client, doing, lockOpen, parameters)
  if (taken.some(row => row.requested_action === 'drop')) return false
  if (taken.some(row => row.requested_action === 'retry')) await query(client, doing, takeUp, parameters)
  const places = new Set(
    taken.map(({ topic, partition, record_offset }) => `${partition}@${record_offset} ${topic}`),
  )
  const isOpen = ({ topic, partition, offset }: ParkedPlace) => places.has(`${partition}@${offset} ${topic}`)
  return places.size === events.length && events.every(isOpen)
}

/** Writes all but the refused keys, whose errors come back by `nameOf`. */
async function writeReleased(
  session: WriterSession,
  writes: readonly StagedTable[],
): Promise<ReadonlyMap<string, MigrationError>> {
  const errors = new Map<string, MigrationError>()
  const out = new ParkedInBatch()
  for (;;) {
    await session.execute('SAVEPOINT release')
    if ((await writeTables(session, { writes, out, errors })) === 'whole') return errors
    await session.undo('release')
  }
}

interface Release {
  readonly writes: readonly StagedTable[]
  /** Keys that are left out. */
  readonly out: ParkedInBatch
  readonly errors: Map<string, MigrationError>
}

/** Events of a key stand or fall together. torn: those of an earlier version of the table were written already. */
async function writeTables(
  session: WriterSession,
  { writes, out, errors }: Release,
): Promise<'whole' | 'torn'> {
  const written = new Set<string>()
  for (const { plan, table } of writes) {
    const { id, keyed, state } = table.version
    const { write } = out.without(tableWrite(plan, table, 'replace'))
    const refusedEntries = await writeOrRefuse(session, write)
    out.add(table, refusedEntries)
    for (const { entries, error } of refusedEntries)
      errors.set(`${state.topic} ${keyed ? keyOf(table, entries[0] ?? 0) : ''}`, error)
    if (keyed && refusedEntries.length > 0 && written.has(id)) return 'torn'
    written.add(id)
  }
  return 'whole'
}

const nameOf = ({ topic, key, offset }: ParkedKey): string => `${topic} ${parkedKeyText(key, offset)}`

/** Drops the events of a key whose drop was asked for. */
export async function dropRequested(session: WriterSession, ours: Ownership, key: ParkedKey): Promise<void> {
  await beginAsOwner(session, ours, [key])
  await session.execute(drop, keyParameters(ours.migration, [key]))
  await session.execute('COMMIT')
}

async function beginAsOwner(
  session: WriterSession,
  ours: Ownership,
  places: readonly ParkedPlace[],
): Promise<void> {
  await session.execute('BEGIN')
  const partitions = new Map(
    places.map(place => [partitionId(place), [place.topic, place.partition]] as const),
  )
  for (const place of partitions.values()) {
    const parameters = [ours.migration, ...place, ours.owner]
    const rows = await query(session.client, 'look whose partition it is', own, parameters)
    if (rows.length !== 1) throw takenOver()
  }
}
