import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import { quoteLiteral } from '../../databases/postgres/quote.ts'
import type { TopicPartition } from '../../kafka/log.ts'
import { partitionId } from '../../kafka/partition-id.ts'
import type { TableState } from '../../schemas/state.ts'
import type { ClaimedPartition } from '../sink.ts'
import type { PartitionAdvance } from '../sink-batch.ts'
import { ourSchema } from './our-schema.ts'
import { sealOf } from './progress-seal.ts'
import type { Statement } from './script.ts'

const progress = `
CREATE TABLE IF NOT EXISTS switchback.progress (
  migration text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  topic_id text,
  next_offset bigint NOT NULL,
  commit_order numeric(20) NOT NULL,
  event_order bigint NOT NULL,
  owner uuid NOT NULL,
  seal text NOT NULL,
  waiting_commit numeric(20),
  waiting_event bigint,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (migration, topic, partition)
) WITH (fillfactor = 50)`

const parked = `
CREATE TABLE IF NOT EXISTS switchback.parked (
  migration text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  record_offset bigint NOT NULL,
  key bytea,
  value bytea NOT NULL,
  headers jsonb NOT NULL,
  status text NOT NULL CHECK (status IN ('parked', 'held', 'applied', 'dropped', 'truncated')),
  code text NOT NULL,
  message text NOT NULL,
  requested_action text CHECK (requested_action IN ('retry', 'drop')),
  parked_at timestamptz NOT NULL DEFAULT now(),
  tried_at timestamptz,
  resolved_at timestamptz,
  published_at timestamptz,
  PRIMARY KEY (migration, topic, partition, record_offset)
)`

// What is resolved and published stays in the table for those who ask later, and is never looked at again.
// IF NOT EXISTS would lock the table first, and wait for an instance that stands still with something written to it.
const parkedParts = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'switchback.parked'::regclass AND attname = 'tried_at') THEN
    ALTER TABLE switchback.parked ADD COLUMN tried_at timestamptz;
  END IF;
  IF pg_catalog.to_regclass('switchback.parked_open') IS NULL THEN
    CREATE INDEX parked_open ON switchback.parked (migration, topic, partition, record_offset) WHERE status IN ('parked', 'held');
  END IF;
  IF pg_catalog.to_regclass('switchback.parked_unpublished') IS NULL THEN
    CREATE INDEX parked_unpublished ON switchback.parked (migration, topic, partition, record_offset) WHERE published_at IS NULL;
  END IF;
END $$`

const stored = sealOf({
  nextOffset: 'p.next_offset',
  commitOrder: 'p.commit_order',
  eventOrder: 'p.event_order',
})

// In one order everywhere, so that two instances that claim at the same time do not wait for each other.
const claim = `
WITH ours AS (
  SELECT p.topic, p.partition FROM switchback.progress AS p
  JOIN unnest($3::text[], $4::int[]) AS w(topic, partition) ON p.topic = w.topic AND p.partition = w.partition
  WHERE p.migration = $1 ORDER BY p.topic, p.partition FOR UPDATE OF p
)
UPDATE switchback.progress AS p SET owner = $2::uuid, updated_at = now()
FROM ours WHERE p.migration = $1 AND p.topic = ours.topic AND p.partition = ours.partition
RETURNING p.topic, p.partition, p.topic_id, p.next_offset::text, p.commit_order::text, p.event_order::text, p.seal = ${stored} AS intact`

// All partitions of a topic at once: a row that is missing later was deleted.
const begin = `
INSERT INTO switchback.progress (migration, topic, partition, topic_id, next_offset, commit_order, event_order, owner, seal)
SELECT p.migration, p.topic, p.partition, p.topic_id, 0, -1, 0, '00000000-0000-0000-0000-000000000000', ${sealOf({ nextOffset: '0', commitOrder: '-1', eventOrder: '0' })}
FROM (SELECT $1::text AS migration, w.topic, w.topic_id, generate_series(0, w.partitions - 1) AS partition
      FROM unnest($2::text[], $3::int[], $4::text[]) AS w(topic, partitions, topic_id)) AS p
WHERE NOT EXISTS (SELECT FROM switchback.progress AS q WHERE q.migration = p.migration AND q.topic = p.topic)
ON CONFLICT DO NOTHING`

/** Makes the sink's own tables in the target, unless they are there. */
export async function ensureBookkeeping(client: Client): Promise<void> {
  const doing = 'make the progress tables'
  await query(client, doing, 'BEGIN')
  try {
    for (const sql of [...ourSchema, progress, parked, parkedParts, 'COMMIT']) await query(client, doing, sql)
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** Lets the progress of topics begin that the target has none of. */
export async function beginProgress(
  client: Client,
  migration: string,
  topics: readonly Pick<TableState, 'topic' | 'partitions' | 'topicId'>[],
): Promise<void> {
  await query(client, 'begin the progress', begin, [
    migration,
    topics.map(({ topic }) => topic),
    topics.map(({ partitions }) => partitions),
    topics.map(({ topicId }) => topicId ?? null),
  ])
}

/**
 * Becomes the owner of the partitions; waits for transactions of older owners that are under way. Throws `sink.progress_changed`
 * for progress that no sink has written.
 */
export async function claimPartitions(
  client: Client,
  migration: string,
  owner: string,
  partitions: readonly TopicPartition[],
): Promise<readonly ClaimedPartition[]> {
  const rows = await query<Record<string, string> & { partition: number; intact: boolean }>(
    client,
    'claim partitions',
    claim,
    [migration, owner, partitions.map(({ topic }) => topic), partitions.map(({ partition }) => partition)],
  )
  refuseForeign(rows, partitions)
  return rows.map(row => ({
    topic: row['topic'] ?? '',
    partition: row.partition,
    topicId: row['topic_id'] ?? null,
    nextOffset: BigInt(row['next_offset'] ?? 0),
    order: { commit: BigInt(row['commit_order'] ?? -1), index: BigInt(row['event_order'] ?? 0) },
  }))
}

function refuseForeign(
  rows: readonly (Record<string, string> & { partition: number; intact: boolean })[],
  wanted: readonly TopicPartition[],
): void {
  const there = new Set(
    rows
      .filter(({ intact }) => intact)
      .map(row => partitionId({ topic: row['topic'] ?? '', partition: row.partition })),
  )
  const bad = wanted.find(place => !there.has(partitionId(place)))
  if (bad === undefined) return
  const found = `the progress of ${bad.topic}/${bad.partition} was deleted, or changed by somebody else than a sink`
  throw new MigrationError('sink.progress_changed', found, { details: { ...bad } })
}

export interface Ownership {
  readonly migration: string
  readonly owner: string
}

const moved = sealOf({
  nextOffset: 'v.next_offset',
  commitOrder: 'v.commit_order',
  eventOrder: 'v.event_order',
})

const held = `
SELECT count(*)::int AS held FROM switchback.progress p
JOIN unnest($3::text[], $4::int[]) AS w(topic, partition) ON p.topic = w.topic AND p.partition = w.partition
WHERE p.migration = $1 AND p.owner = $2::uuid`

/** Whether the owner still has all of these partitions. */
export async function holdsPartitions(
  client: Client,
  { migration, owner }: Ownership,
  partitions: readonly TopicPartition[],
): Promise<boolean> {
  const [row] = await query<{ held: number }>(client, 'look who owns the partitions', held, [
    migration,
    owner,
    partitions.map(({ topic }) => topic),
    partitions.map(({ partition }) => partition),
  ])
  return row?.held === partitions.length
}

/** Moves the partitions on if they are ours and where we think they are; otherwise `sink.taken_over`. */
export function advanceStatement(ours: Ownership, advances: readonly PartitionAdvance[]): Statement {
  const rows = advances.map(({ topic, partition, from, to, order }) => {
    const numbers = [partition, from, to, order.commit, order.index].join(', ')
    return `(${quoteLiteral(topic)}, ${numbers})`
  })
  return {
    sql: `UPDATE switchback.progress AS p
SET next_offset = v.next_offset, commit_order = v.commit_order, event_order = v.event_order, seal = ${moved}, updated_at = now()
FROM (VALUES ${rows.join(', ')}) AS v(topic, partition, from_offset, next_offset, commit_order, event_order)
WHERE p.migration = ${quoteLiteral(ours.migration)} AND p.owner = ${quoteLiteral(ours.owner)}
  AND p.topic = v.topic AND p.partition = v.partition AND p.next_offset = v.from_offset`,
    expect: { rows: advances.length, otherwise: takenOver },
  }
}

export function takenOver(found?: FoundPosition): MigrationError {
  return new MigrationError('sink.taken_over', found === undefined ? overtaken : described(found))
}

const overtaken = 'another instance has taken over partitions of this one'

function described({ topic, partition, next_offset, ours, updated_at }: FoundPosition): string {
  const place = `${topic}/${partition}`
  return ours === true
    ? `${place} is at ${next_offset} since ${updated_at}, where this instance has not brought it`
    : `${overtaken}: ${place}, which is at ${next_offset} since ${updated_at}`
}

const position = `
SELECT w.topic, w.partition, p.next_offset::text, p.owner = $2::uuid AS ours, p.updated_at::text
FROM unnest($3::text[], $4::int[]) AS w(topic, partition)
LEFT JOIN switchback.progress p ON p.migration = $1 AND p.topic = w.topic AND p.partition = w.partition`

interface FoundPosition extends Record<string, unknown> {
  readonly topic: string
  readonly partition: number
  readonly next_offset: string | null
  readonly ours: boolean | null
  readonly updated_at: string | null
}

/**
 * After the target was not where it should be. Returns when the partitions are ours and where they should go: the answer to an earlier
 * commit was lost. Otherwise throws `sink.taken_over`, with what was found.
 */
export async function requireApplied(
  client: Client,
  ours: Ownership,
  advances: readonly PartitionAdvance[],
): Promise<void> {
  const found = await query<FoundPosition>(client, 'look where the target is', position, [
    ours.migration,
    ours.owner,
    advances.map(({ topic }) => topic),
    advances.map(({ partition }) => partition),
  ])
  const wrong = found.find(row => {
    const advance = advances.find(
      ({ topic, partition }) => topic === row.topic && partition === row.partition,
    )
    return row.ours !== true || row.next_offset !== advance?.to.toString()
  })
  if (wrong !== undefined) throw takenOver(wrong)
}
