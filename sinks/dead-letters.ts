import type { Log, TopicPartition } from '../kafka/log.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import { encodeHeaders } from '../kafka/record-headers.ts'
import { recordSpan } from '../kafka/record-span.ts'
import type { ParkedEvent, Sink } from './sink.ts'

/**
 * Copies newly parked events to the dead-letter topic: at least once. A reader tells copies apart by target, topic,
 * partition and offset, which are in the headers beside those of the event.
 */
export async function publishParked(
  sink: Sink,
  log: Log,
  topic: string,
  partitions: readonly TopicPartition[],
): Promise<void> {
  for (const event of await sink.unpublishedParked(partitions)) {
    const writer = new RecordBatchWriter(1024)
    writer.append(
      recordSpan(event.key, event.value),
      encodeHeaders([...event.headers, ...facts(event, sink.name)]),
    )
    await log.append(writer.encoded(topic, 0))
    await sink.markPublished([event])
  }
}

function facts(event: ParkedEvent, target: string): (readonly [string, Buffer])[] {
  const { code, topic, partition, offset } = event
  const all = { code, target, topic, partition, offset }
  return Object.entries(all).map(([name, value]) => [`sb.${name}`, Buffer.from(String(value))] as const)
}
