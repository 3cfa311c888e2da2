import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { noticeOurEnd } from '../../databases/postgres/notice-our-end.ts'
import { query } from '../../databases/postgres/query.ts'
import { parseLsn } from './lsn.ts'

/** Our replication slot as the server has it. */
export interface Slot {
  /** Everything below was confirmed by us: the log before is gone. */
  readonly confirmed: bigint
}

interface SlotRow extends Record<string, unknown> {
  readonly plugin: string | null
  readonly ours: boolean
  readonly confirmed: string | null
  readonly lost: boolean
}

const slotByName = `
SELECT plugin::text, coalesce(database = current_database(), false) AS ours, confirmed_flush_lsn::text AS confirmed,
       coalesce(wal_status = 'lost', false) AS lost
FROM pg_replication_slots WHERE slot_name = $1`

/**
 * The slot, or null if there is none. Throws `source.slot_foreign` when the name belongs to somebody else's slot,
 * `source.log_lost` when the server has given up its log, and `source.slot_in_use` while another session still makes it.
 */
export async function findSlot(client: Client, name: string): Promise<Slot | null> {
  const [row] = await query<SlotRow>(client, 'look for the replication slot', slotByName, [name])
  if (row === undefined) return null
  if (!row.ours || row.plugin !== 'pgoutput') {
    throw new MigrationError(
      'source.slot_foreign',
      `replication slot ${name} is not of this database and pgoutput`,
    )
  }
  if (row.lost) {
    throw new MigrationError(
      'source.log_lost',
      `the server has removed log that replication slot ${name} needs`,
    )
  }
  if (row.confirmed === null)
    throw new MigrationError('source.slot_in_use', `replication slot ${name} is still being made`)
  return { confirmed: parseLsn(row.confirmed) }
}

const createSlotSql = `SELECT lsn::text AS confirmed FROM pg_create_logical_replication_slot($1, 'pgoutput')`

/**
 * Makes the slot. Waits until all transactions that are open now have ended, which may take hours: a session that was left behind must
 * not keep the name until then.
 */
export async function createSlot(client: Client, name: string): Promise<Slot> {
  await noticeOurEnd(client)
  const [row] = await query<{ confirmed: string }>(client, 'create the replication slot', createSlotSql, [
    name,
  ])
  return { confirmed: parseLsn(row?.confirmed ?? '0/0') }
}

const dropSlotSql = `
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE slot_name = $1 AND database = current_database() AND plugin = 'pgoutput'`

export async function dropSlot(client: Client, name: string): Promise<void> {
  await query(client, 'drop the replication slot', dropSlotSql, [name])
}
