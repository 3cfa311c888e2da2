import { MigrationError } from '../core/errors.ts'
import type { ConnectionOptions } from '../databases/postgres/connection-options.ts'
import { query } from '../databases/postgres/query.ts'
import type { RowName, RowNames } from './row-names.ts'
import { type Session, withSession } from '../databases/postgres/with-session.ts'

/** An event that a target could not apply, or that waits behind one of the same key. */
export interface DeadLetter extends RowName {
  /** `topic/partition@offset`: names it in commands. */
  readonly place: string
  /** parked: the target refused it. held: it waits behind a parked event of its key. */
  readonly status: 'parked' | 'held'
  readonly code: string
  /** What the target said; without the row's values. */
  readonly message: string
  /** ISO 8601. */
  readonly parkedAt: string
  /** What an operator asked for and the sink has not done yet. */
  readonly requested: 'retry' | 'drop' | null
}

/** The parked events of one target. Requests are answered by the target's running sink, in the order of its events. */
export interface DeadLetters {
  list(names: RowNames): Promise<readonly DeadLetter[]>
  /**
   * Asks for an action; returns the places that it is asked for. Throws `dead_letter.unknown` for a place that is not parked, and asks
   * for nothing then. all: what is parked at that moment and not to be dropped, which may be nothing.
   */
  request(action: 'retry' | 'drop', places: readonly string[] | 'all'): Promise<readonly string[]>
}

const tableExists = `SELECT to_regclass('switchback.parked') IS NOT NULL AS exists`

const place = `topic || '/' || partition || '@' || record_offset`

const selectParked = `
SELECT ${place} AS place, topic, key, status, code, message, to_json(parked_at) #>> '{}' AS parked_at, requested_action
FROM switchback.parked
WHERE migration = $1 AND status IN ('parked', 'held')
ORDER BY topic, partition, record_offset`

// All or nothing, and one statement, because a session that stood still within a transaction would hold the sink up. What is to be
// dropped was named by somebody: who asks for all does not mean it.
const requestAction = `
WITH wanted AS (
  SELECT topic, partition, record_offset, ${place} AS place FROM switchback.parked
  WHERE migration = $1 AND status IN ('parked', 'held')
    AND CASE WHEN $3::text[] IS NULL THEN requested_action IS DISTINCT FROM 'drop' ELSE ${place} = ANY ($3) END
), asked AS (
  UPDATE switchback.parked p SET requested_action = $2 FROM wanted w
  WHERE p.migration = $1 AND p.topic = w.topic AND p.partition = w.partition AND p.record_offset = w.record_offset
    AND p.status IN ('parked', 'held')
    AND CASE WHEN $3::text[] IS NULL THEN p.requested_action IS DISTINCT FROM 'drop' ELSE $3 <@ (SELECT array_agg(place) FROM wanted) END
  RETURNING w.place
)
SELECT place, asked.place IS NOT NULL AS asked FROM wanted LEFT JOIN asked USING (place)`

interface FoundRow {
  readonly place: string
  /** False: it was resolved while it was asked for, or another place is not parked. */
  readonly asked: boolean
}

interface ParkedRow {
  readonly place: string
  readonly topic: string
  readonly key: Buffer | null
  readonly status: 'parked' | 'held'
  readonly code: string
  readonly message: string
  readonly parked_at: string
  readonly requested_action: 'retry' | 'drop' | null
}

export function deadLetters(options: ConnectionOptions, migration: string, signal: AbortSignal): DeadLetters {
  return {
    list: names =>
      withSession(options, signal, async session => {
        const doing = 'list the parked events'
        const rows = (await hasOurTables(session))
          ? await query<ParkedRow>(session, doing, selectParked, [migration])
          : []
        const letters: DeadLetter[] = []
        for (const { topic, key, parked_at, requested_action, ...row } of rows) {
          const name = await names.nameOf(topic, key)
          letters.push({ ...row, ...name, parkedAt: parked_at, requested: requested_action })
        }
        return letters
      }),
    request: (action, places) =>
      withSession(options, signal, async session => {
        const doing = `ask for ${action}`
        const wanted = places === 'all' ? null : places
        const rows = (await hasOurTables(session))
          ? await query<FoundRow>(session, doing, requestAction, [migration, action, wanted])
          : []
        requireAll(wanted ?? [], rows)
        return rows.filter(row => row.asked).map(row => row.place)
      }),
  }
}

function requireAll(wanted: readonly string[], rows: readonly FoundRow[]): void {
  const found = rows.map(row => row.place)
  const unknown = wanted.filter(named => !found.includes(named))
  if (unknown.length === 0) return
  const message = `not parked: ${unknown.join(', ')}; nothing was asked for`
  throw new MigrationError('dead_letter.unknown', message, { details: { unknown } })
}

/** A target without our tables has nothing parked. */
async function hasOurTables(session: Session): Promise<boolean> {
  const [found] = await query<{ exists: boolean }>(session, 'look for our tables', tableExists)
  return found?.exists === true
}
