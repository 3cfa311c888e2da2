import { query } from '../../databases/postgres/query.ts'
import type { ParkedKey, ParkedPlace } from '../parked.ts'
import type { TableBatch } from '../table-batch.ts'
import { type Ownership, takenOver } from './progress-table.ts'
import { isRefusal } from './refusal.ts'
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

/** Applies a key's parked events and notes it, in one transaction. False: refused again, which is noted instead. */
export async function releaseKey(
  session: WriterSession,
  ours: Ownership,
  key: ParkedKey,
  writes: readonly { readonly plan: TablePlan; readonly table: TableBatch }[],
): Promise<boolean> {
  await session.stage(writes.map(({ plan }) => plan))
  await beginAsOwner(session, ours, key)
  const place = [ours.migration, key.topic, key.partition, key.key, key.offset.toString()]
  try {
    await session.execute('SAVEPOINT release')
    const statements = writes.flatMap(({ plan, table }): Statement[] => [
      { sql: plan.sql.emptyStage },
      ...tableStatements(tableWrite(plan, table, 'replace')),
    ])
    await session.run(statements)
  } catch (error) {
    if (!isRefusal(error)) throw error
    await session.execute('ROLLBACK TO SAVEPOINT release')
    await session.execute(refused, [...place, error.code, error.message])
    await session.execute('COMMIT')
    return false
  }
  await session.execute(applied, place)
  await session.execute('COMMIT')
  return true
}

export async function dropEvent(session: WriterSession, ours: Ownership, place: ParkedPlace): Promise<void> {
  await beginAsOwner(session, ours, place)
  await session.execute(drop, [ours.migration, place.topic, place.partition, place.offset.toString()])
  await session.execute('COMMIT')
}

async function beginAsOwner(session: WriterSession, ours: Ownership, place: ParkedPlace): Promise<void> {
  await session.execute('BEGIN')
  const parameters = [ours.migration, place.topic, place.partition, ours.owner]
  const rows = await query(session.client, 'look whose partition it is', own, parameters)
  if (rows.length !== 1) throw takenOver()
}
