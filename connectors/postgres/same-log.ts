import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { ResumePoint } from '../resume-point.ts'
import { formatLsn } from './lsn.ts'
import type { ObjectNames } from './object-names.ts'
import { findSlot, type Slot } from './slot.ts'
import { pluginOptions } from './stream/plugin-options.ts'
import { toUnixUs } from './stream/replication-frame.ts'
import { slotError } from './stream/slot-error.ts'

// A commit message: its type, flags, the commit's position, its end, its time. Looking does not move the slot.
const commitsUpTo = `
SELECT ('x' || encode(substring(data FROM 19 FOR 8), 'hex'))::bit(64)::bigint::text AS time
FROM pg_logical_slot_peek_binary_changes($1, $2::pg_lsn, NULL, VARIADIC $3)
WHERE get_byte(data, 0) = 67 AND substring(data FROM 11 FOR 8) = $4`

/**
 * A server that was restored from a copy of its files writes the same positions again, with other transactions: nothing in its
 * catalogue shows that. But its slot is as old as the copy, so the log can be asked for the transaction that was published last.
 * Throws `source.log_lost` when it is not there.
 */
export async function requireSameLog(
  client: Client,
  names: ObjectNames,
  slot: Slot,
  { after, committedAtUs }: ResumePoint,
): Promise<void> {
  if (slot.confirmed >= after || committedAtUs === null) return
  const end = Buffer.alloc(8)
  end.writeBigUInt64BE(after)
  const parameters = [names.slot, formatLsn(after), pluginOptions(names).flat(), end]
  const commits = await query<{ time: string }>(
    client,
    'look for the last transaction in the log',
    commitsUpTo,
    parameters,
  ).catch((error: unknown) => {
    throw slotError(error, names.slot)
  })
  if (commits.some(({ time }) => toUnixUs(BigInt(time)) === committedAtUs)) return
  // The session before ours may have confirmed it since the slot was looked at: then the log is told from behind it.
  if ((await findSlot(client, names.slot))?.confirmed === after) return
  throw new MigrationError(
    'source.log_lost',
    'the log of the source does not hold the transaction that was published last: it was restored from a backup and went on elsewhere',
  )
}
