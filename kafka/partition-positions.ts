import type { FailingTime } from './failing-time.ts'
import type { FetchedBatch, Starting, TopicPartition } from './log.ts'
import { partitionId } from './partition-id.ts'

/** Where one assigned partition is read. */
export interface PartitionPosition extends TopicPartition {
  /** Where the next fetch begins. */
  fetchOffset: bigint
  /** After the last batch that is on its way to be handed over. */
  acceptedOffset: bigint
  /** After the last batch that was handed over. */
  nextOffset: bigint
  paused: boolean
  /** Counts seeks and pauses: what was fetched before one of them is void after it. */
  turn: number
  /** The node that it is fetched from; null while that is to be found out. */
  leader: number | null
  /** Null unless there were failures that no answer has ended yet. */
  failing: FailingTime | null
}

/** The positions of one assignment. Pauses may come before the starts are known; they end with the assignment. */
export class PartitionPositions {
  readonly #positions = new Map<string, PartitionPosition>()
  readonly #pausedEarly = new Set<string>()
  #wake: (() => void)[] = []

  start(starts: readonly Starting[]): void {
    for (const { topic, partition, offset } of starts) {
      const key = partitionId({ topic, partition })
      const paused = this.#pausedEarly.has(key)
      const unread = { nextOffset: offset, turn: 0, leader: null, failing: null }
      this.#positions.set(key, { topic, partition, ...at(offset), ...unread, paused })
    }
  }

  get(partition: TopicPartition): PartitionPosition | undefined {
    return this.#positions.get(partitionId(partition))
  }

  all(): PartitionPosition[] {
    return [...this.#positions.values()]
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#pausedEarly.add(partitionId(partition))
      const position = this.get(partition)
      if (position === undefined || position.paused) continue
      position.paused = true
      // Nobody asks for it, so nothing can end its failures: they must not count when it is resumed.
      position.failing = null
      goTo(position, position.nextOffset)
    }
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#pausedEarly.delete(partitionId(partition))
      const position = this.get(partition)
      if (position !== undefined) position.paused = false
    }
    this.#changed()
  }

  seek(to: Starting): void {
    const position = this.get(to)
    if (position === undefined) return
    goTo(position, to.offset)
    position.nextOffset = to.offset
    this.#changed()
  }

  /** Up to where nothing was found behind an offset; the offset itself when something waits to be handed over, or it is not ours. */
  emptyTo(from: Starting): bigint {
    const { offset } = from
    const position = this.get(from)
    // What lies between the two was looked at, and was nothing to be delivered.
    const isEmpty = position !== undefined && position.acceptedOffset <= offset
    return isEmpty && position.fetchOffset > offset ? position.fetchOffset : offset
  }

  /** Notes that a batch is being handed over. */
  handOver(batch: FetchedBatch): void {
    const position = this.get(batch)
    if (position !== undefined) position.nextOffset = batch.nextOffset
  }

  /** Notes which node a partition is fetched from; null when that must be found out. */
  ledBy(leader: number | null, position: PartitionPosition): void {
    position.leader = leader
    this.#changed()
  }

  /** Resolves at the next resume, seek or change of a leader. */
  async changed(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wake.push(resolve)
    })
  }

  #changed(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const wake of waiting) wake()
  }
}

const at = (offset: bigint) => ({ fetchOffset: offset, acceptedOffset: offset })

function goTo(position: PartitionPosition, offset: bigint): void {
  position.turn++
  Object.assign(position, at(offset))
}
