import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { orAborted } from './abortable.ts'
import { committedBatches } from './committed-batches.ts'
import type { StoredBatch } from './committed-batches.ts'
import { FailingTime } from './failing-time.ts'
import { kafkaError } from './kafka-error.ts'
import type { FetchAnswer, FetchLimits, FetchSource } from './fetch-source.ts'
import type { FetchedBatch } from './log.ts'
import { openBatch } from './open-batch.ts'
import type { PartitionPosition, PartitionPositions } from './partition-positions.ts'
import { patienceMs } from './patience.ts'
import { offsetLost } from './read-to-end.ts'

/** Leaders are asked for again no sooner than after so long. */
const LOOKUP_MS = 100
/** An idle fetch waits so long at the broker; a new record ends the wait at once. */
const IDLE_WAIT_MS = 1_000
/** What is resumed, or has a leader again, joins only the next fetch: it does not wait for the others to be busy. */
const JOINED_WAIT_MS = 100
const MIN_PARTITION_BYTES = 1 << 20

/**
 * Fetches the partitions of one assignment from their leaders and hands batches over one at a time. A partition that fails is taken
 * out of the fetches until its leader is found again; the others are read meanwhile.
 */
export class AssignmentReader {
  readonly #source: FetchSource
  readonly #positions: PartitionPositions
  readonly #deliver: (batch: FetchedBatch) => Promise<void>
  readonly #limits: Omit<FetchLimits, 'maxWaitMs'>
  /** Aborts with the first failure that does not pass. */
  readonly #failed = new AbortController()
  /** Deliveries of all leaders, one after the other. */
  #deliveries: Promise<void> = Promise.resolve()

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
    const running = AbortSignal.any([signal, this.#failed.signal])
    const nodes = new Map<number, Promise<void>>()
    for (let fresh = false; !running.aborted; fresh = true) {
      await this.#findLeaders(fresh, running)
      for (const { leader } of this.#positions.all())
        if (leader !== null && !nodes.has(leader)) nodes.set(leader, this.#keepReading(leader, running))
      await sleep(LOOKUP_MS, running)
    }
    await Promise.all(nodes.values())
    this.#failed.signal.throwIfAborted()
  }

  /** Waits until there is a partition to be read whose leader is not known, then looks once. */
  async #findLeaders(fresh: boolean, signal: AbortSignal): Promise<void> {
    const missing = () => this.#positions.all().filter(({ leader, paused }) => leader === null && !paused)
    while (!signal.aborted && missing().length === 0) await orAborted(this.#positions.changed(), signal)
    if (signal.aborted) return
    const sought = missing()
    try {
      const topics = [...new Set(sought.map(({ topic }) => topic))]
      const leaders = await orAborted(this.#source.leaders(topics, fresh), signal)
      if (leaders === null) return
      for (const position of sought) this.#lead(position, leaders.get(position.topic)?.[position.partition])
    } catch (error) {
      for (const position of sought) this.#fail(position, error)
    }
  }

  #lead(position: PartitionPosition, leader = -1): void {
    if (leader >= 0) return this.#positions.ledBy(leader, position)
    const place = `${position.topic}/${position.partition}`
    this.#fail(position, new MigrationError('kafka.unreachable', `${place} has no leader now`))
  }

  async #keepReading(nodeId: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#readNode(nodeId, signal)
    } catch (error) {
      this.#failed.abort(kafkaError(error, `Reading from broker ${nodeId}`))
    }
  }

  /** Reads what the node leads. While one answer is being delivered the next one is fetched, and no more. */
  async #readNode(nodeId: number, signal: AbortSignal): Promise<void> {
    let delivery: Promise<void> = Promise.resolve()
    for (let round = 0; !signal.aborted; round++) {
      const wanted = this.#wanted(nodeId, round)
      if (wanted.length === 0) {
        await orAborted(this.#positions.changed(), signal)
        continue
      }
      const turns = new Map(wanted.map(position => [position, position.turn]))
      const answer = await orAborted(this.#fetch(nodeId, wanted), signal)
      if (answer === null) return
      // A partition that fails now may be read from another node at once: all that this node gave of it stands in line already.
      this.#failAll(answer, turns)
      const batches = this.#accept(answer, turns)
      await orAborted(delivery, signal)
      if (signal.aborted) return
      delivery = this.#deliverAfter(this.#deliveries, batches, signal)
      this.#deliveries = delivery
    }
  }

  #wanted(nodeId: number, round: number): PartitionPosition[] {
    const ready = this.#positions.all().filter(({ leader, paused }) => leader === nodeId && !paused)
    // Only the first partition of a fetch is sure to move when its next record is larger than the limits.
    const first = round % Math.max(1, ready.length)
    return [...ready.slice(first), ...ready.slice(0, first)]
  }

  /** Never rejects: what fails as a whole has failed for each of the partitions. */
  async #fetch(nodeId: number, wanted: readonly PartitionPosition[]): Promise<FetchAnswer> {
    const offsets = wanted.map(({ topic, partition, fetchOffset }) => ({
      topic,
      partition,
      offset: fetchOffset,
    }))
    const joining = this.#positions
      .all()
      .some(({ leader, paused }) => leader === null || (paused && leader === nodeId))
    const maxWaitMs = joining ? JOINED_WAIT_MS : IDLE_WAIT_MS
    try {
      return await this.#source.fetch(nodeId, offsets, { ...this.#limits, maxWaitMs })
    } catch (cause) {
      const error = kafkaError(cause, `Reading from broker ${nodeId}`)
      return { answers: [], failures: offsets.map(offset => ({ ...offset, error })) }
    }
  }

  /** Moves the positions on; answers to what was asked before a seek or a pause are dropped. */
  #accept(answer: FetchAnswer, turns: ReadonlyMap<PartitionPosition, number>): PendingBatch[] {
    const pending: PendingBatch[] = []
    for (const found of answer.answers) {
      const position = this.#positions.get(found)
      if (position === undefined || turns.get(position) !== position.turn) continue
      try {
        const { batches, nextOffset } = committedBatches(found)
        position.fetchOffset = nextOffset
        position.failing = null
        for (const batch of batches) {
          pending.push({ batch: { ...batch, since: position.acceptedOffset }, position, turn: position.turn })
          position.acceptedOffset = batch.nextOffset
        }
      } catch (error) {
        this.#fail(position, error)
      }
    }
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
      const opened = this.#opened(batch)
      if (opened === null) return
      this.#positions.handOver(opened)
      await this.#deliver(opened)
    }
  }

  /** Null, and everything ends, when it cannot be read. */
  #opened(batch: StoredBatch): FetchedBatch | null {
    try {
      return openBatch(batch)
    } catch (error) {
      this.#failed.abort(kafkaError(error, `Reading ${batch.topic}/${batch.partition}`))
      return null
    }
  }

  #failAll({ failures }: FetchAnswer, turns: ReadonlyMap<PartitionPosition, number>): void {
    for (const failure of failures) {
      const position = this.#positions.get(failure)
      if (position === undefined || turns.get(position) !== position.turn) continue
      const error = kafkaError(failure.error, `Reading ${failure.topic}/${failure.partition}`)
      const lost = error.code === 'kafka.offset_lost'
      this.#fail(position, lost ? offsetLost(failure, 'it begins later or ends before') : error)
    }
  }

  /** Lets the partition wait for its leader, and ends everything when the failure has lasted for too long. */
  #fail(position: PartitionPosition, cause: unknown): void {
    this.#positions.ledBy(null, position)
    if (position.paused) return
    const error = kafkaError(cause, `Reading ${position.topic}/${position.partition}`)
    position.failing ??= new FailingTime()
    if (position.failing.lastedMs(error) >= patienceMs(error)) this.#failed.abort(error)
  }
}

interface PendingBatch {
  readonly batch: StoredBatch
  readonly position: PartitionPosition
  readonly turn: number
}
