import { sleep } from '../core/time.ts'
import { orAborted } from './abortable.ts'
import { committedBatches } from './committed-batches.ts'
import { groupBy } from './group-by.ts'
import { kafkaError } from './kafka-error.ts'
import type { FetchAnswer, FetchLimits, FetchSource, PartitionFailure } from './fetch-source.ts'
import type { FetchedBatch } from './log.ts'
import type { PartitionPosition, PartitionPositions } from './partition-positions.ts'
import { patienceMs } from './patience.ts'
import { offsetLost } from './read-to-end.ts'

const REGROUP_MS = 100
/** An idle fetch waits so long at the broker; a new record ends the wait at once. */
const IDLE_WAIT_MS = 1_000
/** What is resumed joins only the next fetch: it does not wait for the others to be busy. */
const PAUSED_WAIT_MS = 100
const MIN_PARTITION_BYTES = 1 << 20

/** Fetches the partitions of one assignment from their leaders and hands batches over one at a time. */
export class AssignmentReader {
  readonly #source: FetchSource
  readonly #positions: PartitionPositions
  readonly #deliver: (batch: FetchedBatch) => Promise<void>
  readonly #limits: Omit<FetchLimits, 'maxWaitMs'>
  /** Deliveries of all leaders, one after the other. */
  #deliveries: Promise<void> = Promise.resolve()
  #failingSince: number | null = null
  #rotation = 0

  /** `deliver` reports its failures by itself: it never rejects. */
  constructor(
    source: FetchSource,
    positions: PartitionPositions,
    deliver: (batch: FetchedBatch) => Promise<void>,
    maxBytes: number,
  ) {
    this.#source = source
    this.#positions = positions
    this.#deliver = deliver
    const maxBytesPerPartition = Math.max(MIN_PARTITION_BYTES, maxBytes >> 2)
    this.#limits = { maxBytes, maxBytesPerPartition }
  }

  /** Resolves when no delivery is under way. */
  async quiet(): Promise<void> {
    await this.#deliveries
  }

  /** Reads until the signal aborts, without waiting for a delivery under way; rejects on a failure that does not pass. */
  async run(signal: AbortSignal): Promise<void> {
    for (let fresh = false; !signal.aborted; fresh = true) {
      try {
        await this.#readUntilMoved(fresh, signal)
      } catch (cause) {
        this.#tolerate(cause)
      }
      await sleep(REGROUP_MS, signal)
    }
  }

  /** One loop for each leader; ends with the first failure, so that the partitions are grouped by leader again. */
  async #readUntilMoved(fresh: boolean, signal: AbortSignal): Promise<void> {
    const topics = [...new Set(this.#positions.all().map(position => position.topic))]
    const leaders = await this.#source.leaders(topics, fresh)
    const leaderOf = ({ topic, partition }: PartitionPosition) => leaders.get(topic)?.[partition] ?? -1
    const groups = groupBy(this.#positions.all(), leaderOf)
    const round = new AbortController()
    const running = AbortSignal.any([signal, round.signal])
    try {
      await Promise.all([...groups].map(([nodeId, positions]) => this.#readNode(nodeId, positions, running)))
    } finally {
      round.abort()
      // What was fetched and not handed over by then never will be: it is fetched again.
      this.#positions.goBack()
    }
  }

  /** While one answer is being delivered the next one is fetched, and no more. */
  async #readNode(
    nodeId: number,
    positions: readonly PartitionPosition[],
    signal: AbortSignal,
  ): Promise<void> {
    let delivery: Promise<void> = Promise.resolve()
    while (!signal.aborted) {
      const wanted = this.#wanted(positions)
      if (wanted.length === 0) {
        await orAborted(this.#positions.changed(), signal)
        continue
      }
      const turns = new Map(wanted.map(position => [position, position.turn]))
      const answer = await orAborted(this.#fetch(nodeId, wanted, wanted.length < positions.length), signal)
      if (answer === null) return
      const batches = this.#accept(answer, turns)
      await orAborted(delivery, signal)
      if (signal.aborted) return
      delivery = this.#deliverAfter(this.#deliveries, batches, signal)
      this.#deliveries = delivery
      this.#throwFirst(answer.failures, turns)
    }
  }

  #wanted(positions: readonly PartitionPosition[]): PartitionPosition[] {
    const ready = positions.filter(position => !position.paused)
    // Only the first partition of a fetch is sure to move when its next record is larger than the limits.
    const first = this.#rotation++ % Math.max(1, ready.length)
    return [...ready.slice(first), ...ready.slice(0, first)]
  }

  async #fetch(
    nodeId: number,
    wanted: readonly PartitionPosition[],
    somePaused: boolean,
  ): Promise<FetchAnswer> {
    const offsets = wanted.map(({ topic, partition, fetchOffset }) => ({
      topic,
      partition,
      offset: fetchOffset,
    }))
    return this.#source.fetch(nodeId, offsets, {
      ...this.#limits,
      maxWaitMs: somePaused ? PAUSED_WAIT_MS : IDLE_WAIT_MS,
    })
  }

  /** Moves the positions on; answers to what was asked before a seek or a pause are dropped. */
  #accept(answer: FetchAnswer, turns: ReadonlyMap<PartitionPosition, number>): PendingBatch[] {
    const pending: PendingBatch[] = []
    for (const found of answer.answers) {
      const position = this.#positions.get(found)
      if (position === undefined || turns.get(position) !== position.turn) continue
      const { batches, nextOffset } = committedBatches(found)
      position.fetchOffset = nextOffset
      for (const batch of batches) {
        pending.push({ batch: { ...batch, since: position.acceptedOffset }, position, turn: position.turn })
        position.acceptedOffset = batch.nextOffset
      }
    }
    if (answer.failures.length === 0) this.#failingSince = null
    return pending
  }

  async #deliverAfter(
    previous: Promise<void>,
    pending: readonly PendingBatch[],
    signal: AbortSignal,
  ): Promise<void> {
    await previous
    for (const { batch, position, turn } of pending) {
      if (signal.aborted) return
      if (position.turn !== turn) continue
      this.#positions.handOver(batch)
      await this.#deliver(batch)
    }
  }

  #throwFirst(failures: readonly PartitionFailure[], turns: ReadonlyMap<PartitionPosition, number>): void {
    for (const failure of failures) {
      const position = this.#positions.get(failure)
      if (position === undefined || turns.get(position) !== position.turn) continue
      const error = kafkaError(failure.error, `Reading ${failure.topic}/${failure.partition}`)
      throw error.code === 'kafka.offset_lost' ? offsetLost(failure, 'it begins later or ends before') : error
    }
  }

  #tolerate(cause: unknown): void {
    const error = kafkaError(cause, 'Reading')
    this.#failingSince ??= performance.now()
    if (performance.now() - this.#failingSince >= patienceMs(error)) throw error
  }
}

interface PendingBatch {
  readonly batch: FetchedBatch
  readonly position: PartitionPosition
  readonly turn: number
}
