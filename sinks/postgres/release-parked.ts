import type { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { ParkedKey, ParkedPlace } from '../parked.ts'
import type { TableBatch } from '../table-batch.ts'
import { type Ownership, takenOver } from './progress-table.ts'
import { isRefusal, parkedCode } from './refusal.ts'
import type { Statement } from './script.ts'
import type { TablePlan } from './table-plan.ts'
import { tableStatements, tableWrite } from './table-statements.ts'
import type { WriterSession } from './writer-session.ts'

const own = `
SELECT FROM switchback.progress WHERE migration = $1 AND topic = $2 AND partition = $3 AND owner = $4::uuid FOR UPDATE`

const ofKey = `
WHERE migration = $1 AND topic = $2 AND partition = $3 AND status IN ('parked', 'held')
  AND CASE WHEN $4::bytea IS NULL THEN record_offset = $5 ELSE key = $4 END`

const applied = `
UPDATE switchback.parked SET status = 'applied', requested_action = NULL, resolved_at = now() ${ofKey}`

const refused = `
UPDATE switchback.parked SET requested_action = NULL,
  status = CASE WHEN record_offset = $5 THEN 'parked' ELSE status END,
  code = CASE WHEN record_offset = $5 THEN $6 ELSE code END,
  message = CASE WHEN record_offset = $5 THEN $7 ELSE message END ${ofKey}`

const drop = `
UPDATE switchback.parked SET status = 'dropped', requested_action = NULL, resolved_at = now()
WHERE migration = $1 AND topic = $2 AND partition = $3 AND record_offset = $4 AND status IN ('parked', 'held')`

export interface ReleasedTable {
  readonly plan: TablePlan
  readonly table: TableBatch
}

/** Applies the parked events of keys and notes it, in one transaction. False: refused again. */
export async function releaseKeys(
  session: WriterSession,
  ours: Ownership,
  keys: readonly ParkedKey[],
  writes: readonly ReleasedTable[],
): Promise<boolean> {
  await session.stage(writes.map(({ plan }) => plan))
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
  writes: readonly ReleasedTable[],
): Promise<MigrationError | null> {
  await session.execute('SAVEPOINT release')
  try {
    const statements = writes.flatMap(({ plan, table }): Statement[] => [
      { sql: plan.sql.emptyStage },
      ...tableStatements(tableWrite(plan, table, 'replace')),
    ])
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

export async function dropEvent(session: WriterSession, ours: Ownership, place: ParkedPlace): Promise<void> {
  await beginAsOwner(session, ours, [place])
  await session.execute(drop, [ours.migration, place.topic, place.partition, place.offset.toString()])
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
