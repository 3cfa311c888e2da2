import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TruncateArrival } from '../sink.ts'
import { type Ownership, takenOver } from './progress-table.ts'
import { sealOf } from './progress-seal.ts'
import type { TablePlan } from './table-plan.ts'

const lockTopic = `
SELECT partition, owner::text AS owner, next_offset::text AS next_offset,
       waiting_commit = $3::numeric AND waiting_event = $4::bigint AS waits
FROM switchback.progress WHERE migration = $1 AND topic = $2 ORDER BY partition FOR UPDATE`

const wait = `
UPDATE switchback.progress SET waiting_commit = $4, waiting_event = $5, updated_at = now()
WHERE migration = $1 AND topic = $2 AND partition = $3`

const passed = {
  nextOffset: 'p.next_offset + 1',
  commitOrder: 'greatest(p.commit_order, $3::numeric)',
  eventOrder: 'CASE WHEN $3::numeric >= p.commit_order THEN $4::bigint ELSE p.event_order END',
}

const pass = `
UPDATE switchback.progress AS p
SET next_offset = ${passed.nextOffset}, commit_order = ${passed.commitOrder},
    event_order = ${passed.eventOrder}, seal = ${sealOf(passed)},
    waiting_commit = NULL, waiting_event = NULL, updated_at = now()
WHERE migration = $1 AND topic = $2`

// The rows that they speak of are gone; applied later, they would bring rows back.
const supersede = `
UPDATE switchback.parked SET status = 'truncated', requested_action = NULL, resolved_at = now()
WHERE migration = $1 AND topic = $2 AND status IN ('parked', 'held')`

interface WaitingPartition extends Record<string, unknown> {
  readonly partition: number
  readonly owner: string
  readonly next_offset: string
  readonly waits: boolean | null
}

/**
 * One transaction: notes that the partition has come to the truncate, and if all have, empties the table and moves all past
 * it. Whichever instance comes last does it for all; a crash leaves either nothing or everything of it.
 */
export async function arriveAtTruncate(
  client: Client,
  ours: Ownership,
  arrival: TruncateArrival,
  plan: TablePlan,
): Promise<'waiting' | 'passed'> {
  const doing = `truncate ${arrival.table.id}`
  const { topic, partition, offset, order } = arrival
  const orders = [order.commit.toString(), order.index.toString()]
  await query(client, doing, 'BEGIN')
  const rows = await query<WaitingPartition>(client, doing, lockTopic, [ours.migration, topic, ...orders])
  const own = rows.find(row => row.partition === partition)
  if (own === undefined || own.owner !== ours.owner || BigInt(own.next_offset) < offset) throw takenOver()
  if (BigInt(own.next_offset) > offset) {
    await query(client, doing, 'ROLLBACK')
    return 'passed'
  }
  const others = rows.filter(row => row !== own)
  const last = rows.length === arrival.table.state.partitions && others.every(row => row.waits === true)
  if (last) {
    await emptyTable(client, doing, plan)
    await query(client, doing, supersede, [ours.migration, topic])
    await query(client, doing, pass, [ours.migration, topic, ...orders])
  } else if (own.waits !== true)
    await query(client, doing, wait, [ours.migration, topic, partition, ...orders])
  await query(client, doing, 'COMMIT')
  return last ? 'passed' : 'waiting'
}

/** A table that foreign keys point to cannot be truncated alone; its rows can be deleted, because triggers are quiet. */
async function emptyTable(client: Client, doing: string, { sql }: TablePlan): Promise<void> {
  await query(client, doing, 'SAVEPOINT truncation')
  try {
    await query(client, doing, `TRUNCATE ${sql.from}`)
  } catch (error) {
    if (!(error instanceof MigrationError) || error.details['sqlState'] !== '0A000') throw error
    await query(client, doing, 'ROLLBACK TO SAVEPOINT truncation')
    await query(client, doing, `DELETE FROM ${sql.from}`)
  }
}
