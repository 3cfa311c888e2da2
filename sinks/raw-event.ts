import { MigrationError } from '../core/errors.ts'
import type { FetchedBatch, TopicPartition } from '../kafka/log.ts'
import { RecordCursor } from '../kafka/record-cursor.ts'
import type { RecordHeader } from '../kafka/record-headers.ts'
import { parkedKeyText } from './parked.ts'

/** A record of a topic with its place, copied out of the fetched bytes. For events that are put aside, never for all. */
export interface RawEvent extends TopicPartition {
  readonly offset: bigint
  readonly key: Buffer | null
  readonly value: Buffer
  readonly headers: readonly RecordHeader[]
}

/** Whether an event of this key and partition is among them. `keyText`: of `parkedKeyText`. */
export function holdsKey(events: readonly RawEvent[], place: TopicPartition, keyText: string): boolean {
  return events.some(
    ({ topic, partition, key, offset }) =>
      topic === place.topic && partition === place.partition && parkedKeyText(key, offset) === keyText,
  )
}

/** The event on which the cursor stands, which must have a value. */
export function rawEventAt(batch: FetchedBatch, cursor: RecordCursor): RawEvent {
  const { bytes, keyStart, keyEnd, valueStart, valueEnd } = cursor
  return {
    topic: batch.topic,
    partition: batch.partition,
    offset: cursor.offset,
    key: keyStart < 0 ? null : Buffer.from(bytes.subarray(keyStart, keyEnd)),
    value: Buffer.from(bytes.subarray(valueStart, valueEnd)),
    headers: cursor.headers(),
  }
}

/** Finds an event again by its place in a fetched batch. */
export function findRawEvent(batch: FetchedBatch, offsetDelta: number): RawEvent {
  const cursor = new RecordCursor()
  cursor.open(batch)
  while (cursor.next()) if (cursor.offsetDelta === offsetDelta) return rawEventAt(batch, cursor)
  const place = `${batch.topic}/${batch.partition}@${batch.baseOffset + BigInt(offsetDelta)}`
  throw new MigrationError('kafka.corrupt_batch', `The event at ${place} is not where it was`)
}
