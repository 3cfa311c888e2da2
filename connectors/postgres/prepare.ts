import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import type { Position } from '../../core/position.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { positionAt, resumePointOf } from '../resume-point.ts'
import type { Prepared } from '../source.ts'
import { currentLogOf, type Log } from './lineage.ts'
import type { ObjectNames } from './object-names.ts'
import { adaptPublications, dropPublications, publicationsExist } from './publications.ts'
import { requireSameLog } from './same-log.ts'
import { createSlot, dropSlot, findSlot, type Slot } from './slot.ts'
import { slotError } from './stream/slot-error.ts'
import { parseVisibility } from './visibility.ts'

/**
 * Publications first, then the slot: a slot that reads log from before its publications exist would fail for ever. When
 * something is published already, the log must be joined exactly there: nothing is changed before that is certain.
 */
export async function prepareSource(
  client: Client,
  names: ObjectNames,
  tables: readonly TableSchema[],
  from: Position | null,
): Promise<Prepared> {
  const log = await currentLogOf(client)
  const found = await usableSlot(client, names, from)
  if (from !== null) {
    const slot = requireJoinable(log, found, from)
    await requireSameLog(client, names, slot, resumePointOf(from))
  }
  await adaptPublications(client, names, tables)
  const slot = found ?? (await createSlot(client, names.slot))
  const since = await firstUnseenTransaction(client)
  const start = positionAt(log.lineage, {
    after: slot.confirmed,
    committedAtUs: null,
    previousCommit: null,
    partly: null,
  })
  return { start, since }
}

/**
 * A slot without its publications was read before they were dropped: what happened since was published by nobody. Nothing
 * is lost by a new one when nothing was published yet.
 */
async function usableSlot(client: Client, names: ObjectNames, from: Position | null): Promise<Slot | null> {
  const slot = await findSlot(client, names.slot)
  if (slot === null || (await publicationsExist(client, names))) return slot
  if (from !== null) throw new MigrationError('source.log_lost', 'a publication of the migration was dropped')
  await dropSlot(client, names.slot)
  return null
}

/**
 * A transaction that the stream may not tell, or not wholly, because it wrote before the publication held the table or committed
 * before the slot began, has an id below this. It need not be visible yet: a commit that waits for a standby is in the log before.
 */
async function firstUnseenTransaction(client: Client): Promise<bigint> {
  const [row] = await query<{ value: string }>(
    client,
    'read the snapshot',
    'SELECT pg_current_snapshot()::text AS value',
  )
  return parseVisibility(row?.value ?? '').xmax
}

/** Throws unless everything behind `from`, and nothing less, can still be read. */
function requireJoinable(log: Log, slot: Slot | null, from: Position): Slot {
  const { after } = resumePointOf(from)
  if (from.lineage !== log.lineage) {
    throw new MigrationError(
      'source.log_lost',
      `the source writes log ${log.lineage}, the migration has read ${from.lineage}`,
    )
  }
  if (slot === null)
    throw new MigrationError('source.log_lost', 'the replication slot does not exist any more')
  if (log.head < after) {
    throw new MigrationError(
      'source.log_lost',
      'the log of the source ends before what was read from it: it was restored from a backup',
    )
  }
  if (slot.confirmed > after) {
    throw new MigrationError('source.slot_recreated', 'the replication slot begins behind what was published')
  }
  return slot
}

/** Removes slot and publications. Throws `source.slot_in_use` while a connector reads the slot. */
export async function dropPrepared(client: Client, names: ObjectNames): Promise<void> {
  try {
    await dropSlot(client, names.slot)
  } catch (error) {
    throw slotError(error, names.slot)
  }
  await dropPublications(client, names)
}
