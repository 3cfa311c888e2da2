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
  /** Counts seeks, pauses and failed fetches: what was fetched before one of them is void after it. */
  turn: number
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
      this.#positions.set(key, { topic, partition, ...at(offset), nextOffset: offset, paused, turn: 0 })
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

  /** Notes that a batch is being handed over. */
  handOver(batch: FetchedBatch): void {
    const position = this.get(batch)
    if (position !== undefined) position.nextOffset = batch.nextOffset
  }

  /** Lets every fetch begin again behind what was handed over. */
  goBack(): void {
    for (const position of this.#positions.values()) goTo(position, position.nextOffset)
  }

  /** Resolves at the next resume or seek. */
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
