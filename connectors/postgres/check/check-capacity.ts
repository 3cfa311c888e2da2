import type { Finding } from '../../../core/finding.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { CheckContext } from './source-check.ts'

interface Capacity extends Record<string, unknown> {
  readonly maxSlots: number
  readonly slots: number
  readonly maxSenders: number
  readonly senders: number
  readonly prepared: boolean
}

const capacity = `
SELECT current_setting('max_replication_slots')::int AS "maxSlots", (SELECT count(*)::int FROM pg_replication_slots) AS slots,
       current_setting('max_wal_senders')::int AS "maxSenders", (SELECT count(*)::int FROM pg_stat_replication) AS senders,
       EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1) AS prepared`

/** Whether there is room for one more slot and one more walsender. */
export async function checkCapacity({ client, names }: CheckContext): Promise<readonly Finding[]> {
  const [found] = await query<Capacity>(client, 'count replication slots and senders', capacity, [names.slot])
  if (found === undefined || found.prepared) return []
  const findings: Finding[] = []
  if (found.slots >= found.maxSlots)
    findings.push(exhausted('source.slots_exhausted', 'max_replication_slots', found.maxSlots))
  if (found.senders >= found.maxSenders)
    findings.push(exhausted('source.senders_exhausted', 'max_wal_senders', found.maxSenders))
  return findings
}

function exhausted(code: string, setting: string, limit: number): Finding {
  return {
    severity: 'error',
    code,
    subject: setting,
    message: `All ${limit} of ${setting} are in use; the migration needs one more.`,
    remedy: `Raise ${setting} and restart the server, or drop what is not needed any more.`,
  }
}
