import { encodeHeaders } from '../kafka/record-headers.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import { recordSpan } from '../kafka/record-span.ts'
import type { FetchedBatch, TopicPartition } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'
import { BatchBuilder } from './batch-builder.ts'
import { noOrder } from './event-order.ts'
import { type ParkedKey, parkedKeyText } from './parked.ts'
import { type PartitionState, partitionState } from './partition-state.ts'
import type { RawEvent } from './raw-event.ts'
import { combineTables } from './sink-batch.ts'
import type { SinkLane } from './sink-lane.ts'
import type { TableBatch } from './table-batch.ts'

/**
 * Does what an operator asked for. When nothing is parked under the key any more, its events flow again; events of
 * the key that are collected at this moment are still to be parked, so the next call goes on with them: `again`.
 */
export async function answerRequest(
  request: ParkedKey,
  lane: SinkLane,
  partition: PartitionState,
): Promise<'done' | 'again'> {
  // Before anything is applied: another event of the key may be one that must not be.
  await lane.parts.writer.dropRequested(request)
  return releaseKey(request, lane, partition)
}

async function releaseKey(
  request: ParkedKey,
  lane: SinkLane,
  partition: PartitionState,
): Promise<'done' | 'again'> {
  const { writer } = lane.parts
  const events = await writer.parkedEvents([request])
  const [oldest] = events
  if (oldest !== undefined) {
    const keys = [{ ...request, offset: oldest.offset }]
    const refused = await writer.releaseParked({ keys, events, tables: await tablesOf(events, lane) })
    if (refused === 'changed') return 'again'
    if (refused.length > 0) return 'done'
  }
  const text = parkedKeyText(request.key, request.offset)
  if (lane.holds(partition, text)) return 'again'
  partition.parked.delete(text)
  return 'done'
}

/**
 * Applies the events of several keys at once, because they may wait for each other. Only while nothing else is written: the keys
 * may be of all lanes.
 */
export async function releaseTogether(
  keys: readonly ParkedKey[],
  writing: SinkLane,
  find: (key: ParkedKey) => KeyHome | undefined,
): Promise<void> {
  const keyed = keys.filter(({ key }) => key !== null)
  if (keyed.length > 0) await releaseKeyed(keyed, writing, find)
  for (const key of keys) {
    const home = key.key === null ? find(key) : undefined
    if (home !== undefined) await releaseKey(key, home.lane, home.partition)
  }
}

async function releaseKeyed(
  keys: readonly ParkedKey[],
  writing: SinkLane,
  find: (key: ParkedKey) => KeyHome | undefined,
): Promise<void> {
  const { writer } = writing.parts
  const events = await writer.parkedEvents(keys)
  const refused = await writer.releaseParked({ keys, events, tables: await tablesOf(events, writing) })
  // Somebody else has changed something: the next second asks anew.
  if (refused === 'changed') return
  for (const key of keys) {
    const home = refused.includes(key) ? undefined : find(key)
    const text = parkedKeyText(key.key, key.offset)
    if (home?.lane.holds(home.partition, text) === false) home.partition.parked.delete(text)
  }
}

export interface KeyHome {
  readonly lane: SinkLane
  readonly partition: PartitionState
}

async function tablesOf(events: readonly RawEvent[], lane: SinkLane): Promise<readonly TableBatch[]> {
  const tables: TableBatch[] = []
  for (const some of byPartition(events)) tables.push(...(await tablesOfPartition(some, lane)))
  return combineTables(tables)
}

async function tablesOfPartition(
  { topic, partition, events }: EventsOfPartition,
  lane: SinkLane,
): Promise<readonly TableBatch[]> {
  const builder = new BatchBuilder(lane.parts.readers)
  const state = partitionState({ topic, partition, nextOffset: 0n, order: noOrder })
  const fetched = asFetched(events, state)
  for (;;) {
    const obstacle = builder.add(state, fetched)
    if (obstacle === null) return builder.take().tables
    await lane.parts.load(topic, obstacle.schemaId)
  }
}

interface EventsOfPartition extends TopicPartition {
  readonly events: RawEvent[]
}

function byPartition(events: readonly RawEvent[]): Iterable<EventsOfPartition> {
  const found = new Map<string, EventsOfPartition>()
  for (const event of events) {
    const { topic, partition } = event
    const some = found.get(partitionId(event)) ?? { topic, partition, events: [] }
    found.set(partitionId(event), some)
    some.events.push(event)
  }
  return found.values()
}

/** Parked events in the form in which the log delivers them. Their offsets are numbered anew. */
function asFetched(events: readonly RawEvent[], { topic, partition }: TopicPartition): FetchedBatch {
  const writer = new RecordBatchWriter(4096)
  for (const { key, value, headers } of events)
    writer.append(recordSpan(key, value), headers.length === 0 ? null : encodeHeaders(headers))
  const { bytes, count } = writer.encoded(topic, partition)
  const end = BigInt(count)
  return {
    topic,
    partition,
    baseOffset: 0n,
    since: 0n,
    nextOffset: end,
    bytes,
    start: 0,
    end: bytes.length,
    count,
    timestampMs: 0,
  }
}
