import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { CheckContext } from './source-check.ts'

interface SlotState extends Record<string, unknown> {
  readonly ours: boolean
  readonly lost: boolean
  readonly pid: number | null
}

const slotState = `
SELECT coalesce(database = current_database() AND plugin = 'pgoutput', false) AS ours,
       coalesce(wal_status = 'lost', false) AS lost, active_pid AS pid
FROM pg_replication_slots WHERE slot_name = $1`

/** What stands at the name of our slot already. */
export async function checkSlot({ client, names }: CheckContext): Promise<readonly Finding[]> {
  const [found] = await query<SlotState>(client, 'look for the replication slot', slotState, [names.slot])
  if (found === undefined) return []
  const { slot: subject } = names
  if (!found.ours) {
    const message = `Replication slot ${subject} belongs to another database or plugin.`
    return [
      {
        severity: 'error',
        code: 'source.slot_foreign',
        subject,
        message,
        remedy: 'Choose another name for the migration, or drop the slot if nothing uses it.',
      },
    ]
  }
  if (found.lost) {
    const message = `The server has removed log that replication slot ${subject} needs.`
    return [
      {
        severity: 'error',
        code: 'source.slot_lost',
        subject,
        message,
        remedy: 'Drop the migration (`switchback drop`) and start it again.',
      },
    ]
  }
  if (found.pid === null) return []
  const message = `Replication slot ${subject} is being read by process ${found.pid}: the migration is running.`
  return [{ severity: 'info', code: 'source.slot_active', subject, message, remedy: '' }]
}
