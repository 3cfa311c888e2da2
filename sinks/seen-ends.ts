import type { PartitionRange } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'

/** Ends that a partition had, oldest first, as far as the target has not passed them. */
interface SeenEnd {
  readonly atMs: number
  readonly end: bigint
}

/** Of a target that stands still for hours, the oldest end and the newest ones are enough. */
const mostEnds = 64

/**
 * Remembers when a partition was seen to reach an end that the target has not passed yet: what is there was written by
 * then, whether it was fetched or not.
 */
export class SeenEnds {
  readonly #partitions = new Map<string, SeenEnd[]>()

  /** Notes the end of a partition. Returns since when something in it waits for the target; null when nothing does. */
  note(range: PartitionRange, applied: bigint, nowMs: number): number | null {
    const id = partitionId(range)
    const waiting = (this.#partitions.get(id) ?? []).filter(({ end }) => end > applied)
    if (range.end > applied && range.end !== waiting.at(-1)?.end)
      waiting.push({ atMs: nowMs, end: range.end })
    if (waiting.length > mostEnds) waiting.splice(1, 1)
    this.#partitions.set(id, waiting)
    return waiting[0]?.atMs ?? null
  }
}
