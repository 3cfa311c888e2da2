import type { Client } from 'pg'
import type { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TopicPartition } from '../../kafka/log.ts'
import type { RecordHeader } from '../../kafka/record-headers.ts'
import { frameBytes } from '../../schemas/frame.ts'
import type { OpenKey, ParkedKey, ParkedPlace } from '../parked.ts'
import type { RawEvent } from '../raw-event.ts'
import type { ParkedEvent } from '../sink.ts'
import { parkedCode } from './refusal.ts'

/** An event on its way into the table. `held`: it waits behind one that was refused. */
export interface NewlyParked {
  readonly event: RawEvent
  readonly status: 'parked' | 'held'
  readonly code: string
  readonly message: string
}

/** A bound for the memory of one statement, unless one event is larger. */
const mostBytesAtOnce = 1 << 20

const insert = `
INSERT INTO switchback.parked (migration, topic, partition, record_offset, key, value, headers, status, code, message)
SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bytea[], $6::bytea[], $7::jsonb[], $8::text[], $9::text[], $10::text[])`

// A key stays the same when its column becomes wider: its schema's id, which the bytes begin with, has no say.
const sameKey = (one: string, other: string) =>
  `substring(${one} FROM ${frameBytes + 1}) = substring(${other} FROM ${frameBytes + 1})`

/** The open events of keys, of a table that is called p. The parameters are those of `keyParameters`. */
export const openOfKeys = `
WHERE p.migration = $1 AND p.status IN ('parked', 'held') AND EXISTS (
  SELECT FROM unnest($2::text[], $3::int[], $4::bytea[], $5::bigint[]) AS w(topic, partition, key, record_offset)
  WHERE w.topic = p.topic AND w.partition = p.partition
    AND CASE WHEN w.key IS NULL THEN p.record_offset = w.record_offset ELSE ${sameKey('p.key', 'w.key')} END)`

const ofPartitions = `
FROM switchback.parked p JOIN unnest($2::text[], $3::int[]) AS w(topic, partition)
  ON p.topic = w.topic AND p.partition = w.partition
WHERE p.migration = $1`

const openOf = `${ofPartitions} AND p.status IN ('parked', 'held')`

const openKeys = `
SELECT p.topic, p.partition, p.key, min(p.record_offset)::text AS record_offset, count(*)::int AS events ${openOf}
GROUP BY p.topic, p.partition, p.key, CASE WHEN p.key IS NULL THEN p.record_offset END`

// Events that are held behind nothing, because what they waited for was dropped or applied, ask for themselves.
const requested = `
SELECT p.topic, p.partition, p.key, p.record_offset::text AS record_offset ${openOf}
  AND (p.requested_action IS NOT NULL OR p.status = 'held' AND NOT EXISTS (
    SELECT FROM switchback.parked h
    WHERE h.migration = p.migration AND h.topic = p.topic AND h.partition = p.partition AND h.status = 'parked' AND ${sameKey('h.key', 'p.key')}))
ORDER BY p.record_offset`

const conflicting = `
SELECT p.topic, p.partition, p.key, p.record_offset::text AS record_offset ${openOf}
  AND p.status = 'parked' AND p.code = 'sink.unique_conflict' AND p.requested_action IS NULL AND NOT EXISTS (
    SELECT FROM switchback.parked h
    WHERE h.migration = p.migration AND h.topic = p.topic AND h.partition = p.partition AND h.requested_action = 'drop'
      AND ${sameKey('h.key', 'p.key')})
ORDER BY p.tried_at NULLS FIRST, p.parked_at, p.record_offset LIMIT 1000`

const unpublished = `
SELECT p.topic, p.partition, p.record_offset::text AS record_offset, p.key, p.value, p.headers, p.code ${ofPartitions}
  AND p.published_at IS NULL
ORDER BY p.record_offset LIMIT 50`

const ofKeys = `
SELECT p.topic, p.partition, p.record_offset::text AS record_offset, p.key, p.value, p.headers, p.code
FROM switchback.parked p ${openOfKeys}
ORDER BY p.topic, p.partition, p.record_offset`

const published = `
UPDATE switchback.parked SET published_at = now()
WHERE migration = $1 AND topic = $2 AND partition = $3 AND record_offset = $4`

interface ParkedRow extends Record<string, unknown> {
  readonly topic: string
  readonly partition: number
  readonly record_offset: string
  readonly key: Buffer | null
  readonly value: Buffer
  readonly headers: readonly (readonly [string, string | null])[]
  readonly code: string
  readonly events: number
}

/** Parks events. Inside the transaction that moves the progress past them. */
export async function insertParked(
  client: Client,
  migration: string,
  parked: readonly NewlyParked[],
): Promise<void> {
  let some: NewlyParked[] = []
  let bytes = 0
  for (const event of parked) {
    const more = event.event.value.length + (event.event.key?.length ?? 0)
    if (some.length > 0 && bytes + more > mostBytesAtOnce) {
      await insertSome(client, migration, some)
      some = []
      bytes = 0
    }
    some.push(event)
    bytes += more
  }
  if (some.length > 0) await insertSome(client, migration, some)
}

async function insertSome(client: Client, migration: string, some: readonly NewlyParked[]): Promise<void> {
  const events = some.map(({ event }) => event)
  await query(client, 'park events', insert, [
    migration,
    events.map(({ topic }) => topic),
    events.map(({ partition }) => partition),
    events.map(({ offset }) => offset.toString()),
    events.map(({ key }) => key),
    events.map(({ value }) => value),
    events.map(({ headers }) => storedHeaders(headers)),
    some.map(({ status }) => status),
    some.map(({ code }) => code),
    some.map(({ message }) => message),
  ])
}

const storedHeaders = (headers: readonly RecordHeader[]): string =>
  JSON.stringify(headers.map(([name, value]) => [name, value?.toString('base64') ?? null]))

/** An event that waits behind a parked one of its key. */
export function heldBehind(event: RawEvent): NewlyParked {
  return { event, status: 'held', code: 'held', message: 'waits behind an earlier event of its key' }
}

/** Events of one key: the first with the error, without a row's values; the others behind it. */
export function parkedFor(events: readonly RawEvent[], error: MigrationError): NewlyParked[] {
  const { message } = error
  const code = parkedCode(error)
  return events.map((event, index) =>
    index === 0 ? { event, status: 'parked', code, message } : heldBehind(event),
  )
}

export async function readParkedKeys(
  client: Client,
  migration: string,
  partitions: readonly TopicPartition[],
): Promise<readonly OpenKey[]> {
  const rows = await query<ParkedRow>(
    client,
    'read the parked keys',
    openKeys,
    placesOf(migration, partitions),
  )
  return rows.map(row => ({ ...placeOf(row), key: row.key, events: row.events }))
}

export async function readRequestedKeys(
  client: Client,
  migration: string,
  partitions: readonly TopicPartition[],
): Promise<readonly ParkedKey[]> {
  const rows = await query<ParkedRow>(client, 'read the requests', requested, placesOf(migration, partitions))
  return rows.map(row => ({ ...placeOf(row), key: row.key }))
}

export async function readConflictingKeys(
  client: Client,
  migration: string,
  partitions: readonly TopicPartition[],
): Promise<readonly ParkedKey[]> {
  const doing = 'read the keys in conflict'
  const rows = await query<ParkedRow>(client, doing, conflicting, placesOf(migration, partitions))
  return rows.map(row => ({ ...placeOf(row), key: row.key }))
}

export async function readUnpublished(
  client: Client,
  migration: string,
  partitions: readonly TopicPartition[],
): Promise<readonly ParkedEvent[]> {
  const doing = 'read newly parked events'
  const rows = await query<ParkedRow>(client, doing, unpublished, placesOf(migration, partitions))
  return rows.map(eventOf)
}

/** All open events of these keys, partition by partition, in order. */
export async function readParkedEvents(
  client: Client,
  migration: string,
  keys: readonly ParkedKey[],
): Promise<readonly RawEvent[]> {
  const rows = await query<ParkedRow>(client, 'read parked events', ofKeys, keyParameters(migration, keys))
  return rows.map(eventOf)
}

/** For `openOfKeys`. */
export function keyParameters(migration: string, keys: readonly ParkedKey[]): unknown[] {
  return [
    migration,
    keys.map(({ topic }) => topic),
    keys.map(({ partition }) => partition),
    keys.map(({ key }) => key),
    keys.map(({ offset }) => offset.toString()),
  ]
}

export async function markParkedPublished(
  client: Client,
  migration: string,
  places: readonly ParkedPlace[],
): Promise<void> {
  for (const { topic, partition, offset } of places)
    await query(client, 'note what is published', published, [migration, topic, partition, offset.toString()])
}

function placesOf(migration: string, partitions: readonly TopicPartition[]): unknown[] {
  return [migration, partitions.map(({ topic }) => topic), partitions.map(({ partition }) => partition)]
}

function placeOf({ topic, partition, record_offset }: ParkedRow): ParkedPlace {
  return { topic, partition, offset: BigInt(record_offset) }
}

function eventOf(row: ParkedRow): ParkedEvent {
  const headers = row.headers.map(
    ([name, value]): RecordHeader => [name, value === null ? null : Buffer.from(value, 'base64')],
  )
  return { ...placeOf(row), key: row.key, value: row.value, headers, code: row.code }
}
