import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'
import type { Starting } from '../../../kafka/log.ts'

const progressTable = `SELECT pg_catalog.to_regclass('switchback.progress') IS NOT NULL AS exists`

const progress = `
SELECT topic, partition, next_offset::text AS next_offset
FROM switchback.progress
WHERE migration = $1`

/** The first offset of each partition that the target has not applied. Empty before any sink has begun. */
export async function readAppliedOffsets(client: Client, migration: string): Promise<readonly Starting[]> {
  const doing = 'read the progress of the target'
  const [table] = await query<{ exists: boolean }>(client, doing, progressTable)
  if (!table?.exists) return []
  const rows = await query<{ topic: string; partition: number; next_offset: string }>(
    client,
    doing,
    progress,
    [migration],
  )
  return rows.map(({ topic, partition, next_offset }) => ({
    topic,
    partition,
    offset: BigInt(next_offset),
  }))
}
