import type { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { ParkedKey, ParkedPlace } from '../parked.ts'
import { openOfKey } from './parked-table.ts'
import { type Ownership, takenOver } from './progress-table.ts'
import { isRefusal, parkedCode } from './refusal.ts'
import { tableStatements, tableWrite } from './table-statements.ts'
import type { StagedTable, WriterSession } from './writer-session.ts'

const own = `
SELECT FROM switchback.progress WHERE migration = $1 AND topic = $2 AND partition = $3 AND owner = $4::uuid FOR UPDATE`

const applied = `
UPDATE switchback.parked SET status = 'applied', requested_action = NULL, resolved_at = now() ${openOfKey}`

const refused = `
UPDATE switchback.parked SET requested_action = NULL,
  status = CASE WHEN record_offset = $5 THEN 'parked' ELSE status END,
  code = CASE WHEN record_offset = $5 THEN $6 ELSE code END,
  message = CASE WHEN record_offset = $5 THEN $7 ELSE message END ${openOfKey}`

const drop = `
UPDATE switchback.parked SET status = 'dropped', requested_action = NULL, resolved_at = now() ${openOfKey}
  AND requested_action = 'drop'`

/** Applies the parked events of keys and notes it, in one transaction. False: refused again. */
export async function releaseKeys(
  session: WriterSession,
  ours: Ownership,
  keys: readonly ParkedKey[],
  writes: readonly StagedTable[],
): Promise<boolean> {
  await session.stage(writes)
  await beginAsOwner(session, ours, keys)
  const error = await writeReleased(session, writes)
  const [first] = keys
  if (error === null) for (const key of keys) await session.execute(applied, placeOf(ours, key))
  else if (first !== undefined && keys.length === 1)
    await session.execute(refused, [...placeOf(ours, first), parkedCode(error), error.message])
  await session.execute('COMMIT')
  return error === null
}

async function writeReleased(
  session: WriterSession,
  writes: readonly StagedTable[],
): Promise<MigrationError | null> {
  await session.execute('SAVEPOINT release')
  try {
    const statements = writes.flatMap(({ plan, table }) =>
      tableStatements(tableWrite(plan, table, 'replace')),
    )
    await session.run(statements)
    return null
  } catch (error) {
    if (!isRefusal(error)) throw error
    await session.execute('ROLLBACK TO SAVEPOINT release')
    return error
  }
}

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
    places.map(({ topic, partition }) => [`${partition}/${topic}`, [topic, partition]]),
  )
  for (const place of partitions.values()) {
    const parameters = [ours.migration, ...place, ours.owner]
    const rows = await query(session.client, 'look whose partition it is', own, parameters)
    if (rows.length !== 1) throw takenOver()
  }
}
