import type { Log } from '../kafka/log.ts'
import type { Assignment } from './assignment.ts'
import type { PartitionState } from './partition-state.ts'

/**
 * Moves partitions past offsets that hold no events and never will: Kafka's marks of transactions take up offsets. Without
 * this a target that has applied everything would seem to lack something.
 */
export class IdlePartitions {
  readonly #seen = new WeakMap<PartitionState, bigint>()

  /** A partition counts as idle when it stands where it stood at the last look. */
  async pass(log: Log, assignment: Assignment, signal: AbortSignal): Promise<void> {
    for (const partition of assignment.partitions) {
      const { topic, partition: number, next, end: seenEnd } = partition
      const idle = this.#seen.get(partition) === next && partition.applied.nextOffset === next
      this.#seen.set(partition, next)
      // Nothing to read: most partitions, most of the time.
      if (!idle || seenEnd <= next || signal.aborted) continue
      let events = 0
      const from = { topic, partition: number, offset: next }
      const end = await log.readToEnd(from, batch => void (events += batch.count), signal)
      if (events === 0 && end > next && !signal.aborted) assignment.pass(from, end)
    }
  }
}
