import { MigrationError } from '../core/errors.ts'
import type { FetchedBatch, Log } from '../kafka/log.ts'
import { RecordCursor } from '../kafka/record-cursor.ts'
import { deadLetterTopic } from '../schemas/topic-names.ts'

/** An event that was too large for its topic: the connector kept its key alone. */
export interface OversizeEvent {
  /** Where it is in the dead-letter topic: `topic/partition@offset`. */
  readonly place: string
  readonly table: string
  /** The row's key as JSON, cut if it is long itself. */
  readonly key: string
  readonly bytes: number
  readonly maxRecordBytes: number
  /** ISO 8601. */
  readonly parkedAt: string
}

/** The events that the connector parked because of their size, oldest first. */
export async function oversizeEvents(
  log: Log,
  migration: string,
  signal: AbortSignal,
): Promise<readonly OversizeEvent[]> {
  const topic = deadLetterTopic(migration)
  const found: OversizeEvent[] = []
  const start = await startOf(log, topic)
  if (start === null) return found
  const cursor = new RecordCursor()
  const take = (batch: FetchedBatch) => {
    cursor.open(batch)
    while (cursor.next()) {
      const event = oversizeAt(cursor, batch)
      if (event !== null) found.push(event)
    }
  }
  await log.readToEnd({ topic, partition: 0, offset: start }, take, signal)
  return found
}

/** Null: the migration was never started. */
async function startOf(log: Log, topic: string): Promise<bigint | null> {
  try {
    return (await log.ranges([topic]))[0]?.start ?? null
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'kafka.topic_missing') return null
    throw error
  }
}

function oversizeAt(cursor: RecordCursor, batch: FetchedBatch): OversizeEvent | null {
  const headers = new Map(cursor.headers().map(([name, value]) => [name, value?.toString() ?? '']))
  if (headers.get('sb.code') !== 'event.too_large') return null
  return {
    place: `${batch.topic}/${batch.partition}@${cursor.offset}`,
    table: headers.get('sb.table') ?? '',
    key: headers.get('sb.key') ?? '',
    bytes: Number(headers.get('sb.bytes')),
    maxRecordBytes: Number(headers.get('sb.maxRecordBytes')),
    parkedAt: new Date(batch.timestampMs).toISOString(),
  }
}
