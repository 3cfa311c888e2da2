import type { Log } from '../kafka/log.ts'
import { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import { encodeHeaders } from '../kafka/record-headers.ts'
import { recordSpan } from '../kafka/record-span.ts'
import type { Assignment } from './assignment.ts'
import type { ParkedEvent, Sink } from './sink.ts'

/**
 * Copies events that were parked to the dead-letter topic: at least once, be they resolved by then. A reader tells copies apart by target,
 * topic, partition and offset, which are in the headers beside those of the event.
 */
export class DeadLetterCopies {
  readonly #sink: Sink
  readonly #log: Log
  readonly #topic: string
  /** Nothing of it is left to be copied, as long as nothing is parked. */
  #complete: Assignment | null = null

  constructor(sink: Sink, log: Log, topic: string) {
    this.#sink = sink
    this.#log = log
    this.#topic = topic
  }

  /** Copies a bounded number. */
  async publish(assignment: Assignment): Promise<void> {
    const { isParked } = assignment
    if (assignment === this.#complete && !isParked) return
    this.#complete = null
    const events = await this.#sink.unpublishedParked(assignment.partitions)
    for (const event of events) await this.#copy(event)
    if (events.length === 0 && !isParked) this.#complete = assignment
  }

  async #copy(event: ParkedEvent): Promise<void> {
    const writer = new RecordBatchWriter(1024)
    writer.append(
      recordSpan(event.key, event.value),
      encodeHeaders([...event.headers, ...facts(event, this.#sink.name)]),
    )
    await this.#log.append(writer.encoded(this.#topic, 0))
    await this.#sink.markPublished([event])
  }
}

function facts(event: ParkedEvent, target: string): (readonly [string, Buffer])[] {
  const { code, topic, partition, offset } = event
  const all = { code, target, topic, partition, offset }
  return Object.entries(all).map(([name, value]) => [`sb.${name}`, Buffer.from(String(value))] as const)
}
