import type { ConnectionOptions } from '../databases/postgres/connection-options.ts'
import { noticeOurEnd } from '../databases/postgres/notice-our-end.ts'
import { query } from '../databases/postgres/query.ts'
import type { DropStep } from './drop.ts'
import { type Session, withSession } from '../databases/postgres/with-session.ts'

const findTables = `
SELECT c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'migration' AND NOT a.attisdropped
WHERE n.nspname = 'switchback' AND c.relkind = 'r'
ORDER BY c.relname`

/** What Switchback keeps in a target about this migration; its schema as well when no other migration uses it. The copied rows stay. */
export function dropTarget(name: string, options: ConnectionOptions, migration: string): DropStep {
  return {
    what: `progress in target ${name}`,
    remove: signal => withSession(options, signal, session => removeProgress(session, migration)),
  }
}

async function removeProgress(session: Session, migration: string): Promise<readonly string[]> {
  const doing = 'remove the progress of the target'
  // Who waits for a lock keeps everybody behind waiting as well.
  await noticeOurEnd(session)
  await query(session, doing, 'BEGIN')
  const tables = await query<{ name: string }>(session, doing, findTables)
  const found: string[] = []
  let others = 0
  for (const { name } of tables) {
    // Nobody may write a first row between the look and the removal of the schema.
    await query(session, doing, `LOCK TABLE switchback."${name}" IN ACCESS EXCLUSIVE MODE`)
    // Names come from the catalogue of our own schema.
    const removed = await query(
      session,
      doing,
      `DELETE FROM switchback."${name}" WHERE migration = $1 RETURNING 1`,
      [migration],
    )
    const [left] = await query<{ any: boolean }>(
      session,
      doing,
      `SELECT EXISTS (SELECT FROM switchback."${name}") AS any`,
    )
    if (removed.length > 0) found.push(`${removed.length} rows of switchback.${name}`)
    if (left?.any) others++
  }
  if (tables.length > 0 && others === 0) {
    await query(session, doing, 'DROP SCHEMA switchback CASCADE')
    found.push('schema switchback')
  }
  await query(session, doing, 'COMMIT')
  return found
}
