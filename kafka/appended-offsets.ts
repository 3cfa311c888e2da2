import { MigrationError } from '../core/errors.ts'
import type { ProduceResult } from './kafkajs/produce-request.ts'
import { partitionId } from './partition-id.ts'

/** A partition only grows. Where a later batch of one producer comes to lie before an earlier one, the topic is another one. */
export class AppendedOffsets {
  readonly #last = new Map<string, bigint>()

  /** Throws `kafka.topic_missing` for a topic that was deleted and made again in between. */
  take(results: readonly ProduceResult[]): void {
    for (const { topic, partition, baseOffset } of results) {
      // A batch that the broker knows already may come back without its place.
      if (baseOffset < 0n) continue
      const place = partitionId({ topic, partition })
      const last = this.#last.get(place) ?? -1n
      if (baseOffset <= last)
        throw new MigrationError(
          'kafka.topic_missing',
          `The topic ${topic} was deleted and made again: ${partition} goes on at ${baseOffset}, after ${last}`,
          { details: { topic, partition } },
        )
      this.#last.set(place, baseOffset)
    }
  }
}
