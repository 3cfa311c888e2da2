import type { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import { partitionId } from '../../kafka/partition-id.ts'
import { type ParkedKey, type ParkedPlace, parkedKeyText } from '../parked.ts'
import { openOfKey, sameKey } from './parked-table.ts'
import { type Ownership, takenOver } from './progress-table.ts'
import { parkedCode } from './refusal.ts'
import { ParkedInBatch, keyOf } from './refused-events.ts'
import { tableWrite } from './table-statements.ts'
import { writeOrRefuse } from './write-or-refuse.ts'
import type { StagedTable, WriterSession } from './writer-session.ts'

const own = `
SELECT FROM switchback.progress WHERE migration = $1 AND topic = $2 AND partition = $3 AND owner = $4::uuid FOR UPDATE`

const applied = `
UPDATE switchback.parked SET status = 'applied', requested_action = NULL, resolved_at = now() ${openOfKey}`

// Before anything is tried: what is asked for during the attempt may come too late for it, and must not be forgotten with it.
const takeUp = `
UPDATE switchback.parked p SET requested_action = NULL
FROM unnest($2::text[], $3::int[], $4::bytea[], $5::bigint[]) AS w(topic, partition, key, record_offset)
WHERE p.migration = $1 AND p.topic = w.topic AND p.partition = w.partition AND p.status IN ('parked', 'held')
  AND p.requested_action = 'retry'
  AND CASE WHEN w.key IS NULL THEN p.record_offset = w.record_offset ELSE ${sameKey('p.key', 'w.key')} END`

const refused = `
UPDATE switchback.parked SET
  status = CASE WHEN record_offset = $5 THEN 'parked' ELSE status END,
  code = CASE WHEN record_offset = $5 THEN $6 ELSE code END,
  message = CASE WHEN record_offset = $5 THEN $7 ELSE message END ${openOfKey}`

const drop = `
UPDATE switchback.parked SET status = 'dropped', requested_action = NULL, resolved_at = now() ${openOfKey}
  AND requested_action = 'drop'`

/**
 * Applies the parked events of keys and notes it, in one transaction. Gives the keys that are refused again; events without a key come
 * alone.
 */
export async function releaseKeys(
  session: WriterSession,
  ours: Ownership,
  keys: readonly ParkedKey[],
  writes: readonly StagedTable[],
): Promise<readonly ParkedKey[]> {
  await session.stage(writes)
  await beginAsOwner(session, ours, keys)
  await session.execute(takeUp, [
    ours.migration,
    keys.map(({ topic }) => topic),
    keys.map(({ partition }) => partition),
    keys.map(({ key }) => key),
    keys.map(({ offset }) => offset.toString()),
  ])
  const errors = await writeReleased(session, writes)
  const errorOf = (key: ParkedKey) => (keys.length === 1 ? [...errors.values()][0] : errors.get(nameOf(key)))
  for (const key of keys) {
    const error = errorOf(key)
    if (error === undefined) await session.execute(applied, placeOf(ours, key))
    else await session.execute(refused, [...placeOf(ours, key), parkedCode(error), error.message])
  }
  await session.execute('COMMIT')
  return keys.filter(key => errorOf(key) !== undefined)
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

function placeOf(ours: Ownership, { topic, partition, key, offset }: ParkedKey): unknown[] {
  return [ours.migration, topic, partition, key, offset.toString()]
}

/** Drops the events of a key whose drop was asked for. */
export async function dropRequested(session: WriterSession, ours: Ownership, key: ParkedKey): Promise<void> {
  await beginAsOwner(session, ours, [key])
  await session.execute(drop, placeOf(ours, key))
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
