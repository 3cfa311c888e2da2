import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FetchedBatch, TopicPartition } from '../kafka/log.ts'
import { BatchBuilder } from './batch-builder.ts'
import type { BatchSize } from './batch-size.ts'
import { advanceOrder, type PartitionState, rewind } from './partition-state.ts'
import { holdsKey, type RawEvent } from './raw-event.ts'
import type { SinkWriter } from './sink.ts'
import type { SinkBatch } from './sink-batch.ts'
import type { TableReader, TableReaders } from './table-reader.ts'
import type { TruncateBarrier } from './truncate-barrier.ts'
import { Wakeup } from '../core/wakeup.ts'

const pollBarriersMs = 100
const idleMs = 60_000

export interface LaneParts {
  readonly writer: SinkWriter
  readonly readers: TableReaders
  /** Makes ready for a schema, again until it succeeds. */
  readonly load: (topic: string, schemaId: number) => Promise<TableReader>
  /** Of a batch that is being collected while another one is applied. */
  readonly size: BatchSize
  /** Applies what the lane has collected; false when the claim ended meanwhile. */
  readonly apply: (lane: SinkLane) => Promise<boolean>
  /** Runs other work on the target, again until it succeeds. */
  readonly beside: (work: () => Promise<void>) => Promise<void>
  /** Stops and resumes what the log delivers of a partition. */
  readonly flow: PartitionFlow
}

export interface PartitionFlow {
  pause(partition: PartitionState): void
  resume(partition: PartitionState): void
  /** Delivers again from `partition.next`. */
  seek(partition: PartitionState): void
}

export type LaneJob = () => Promise<void>

/**
 * Applies some of the partitions, one transaction after the other. What comes while a transaction runs is the next batch:
 * small and at once when it is quiet, large under load.
 */
export class SinkLane {
  readonly parts: LaneParts
  readonly builder: BatchBuilder
  readonly partitions: PartitionState[] = []
  readonly #work = new Wakeup()
  readonly #room = new Wakeup()
  #jobs: LaneJob[] = []
  #barriers: readonly TruncateBarrier[] = []
  #applying: SinkBatch | null = null

  constructor(parts: LaneParts) {
    this.parts = parts
    this.builder = new BatchBuilder(parts.readers)
  }

  /** Takes a fetched batch when there is room. */
  async take(partition: PartitionState, fetched: FetchedBatch, signal: AbortSignal): Promise<void> {
    const { turn } = partition
    while (this.parts.size.isReached(this.builder) && !signal.aborted) await this.#room.sleep(idleMs, signal)
    await this.#add(partition, fetched, turn, signal)
  }

  /** Moves the partition on to `end`, before which no event is left. */
  pass(partition: PartitionState, end: bigint): void {
    if (this.#barriers.some(barrier => barrier.partition === partition)) return
    this.builder.pass(partition, end)
    this.#work.wake()
  }

  /** Runs the job between two batches: after everything that is collected now. */
  queue(job: LaneJob): void {
    this.#jobs.push(job)
    this.#work.wake()
  }

  /** Hands out what is collected, if anything is. */
  collected(): SinkBatch | null {
    if (this.builder.isEmpty) return null
    const batch = this.builder.take()
    this.#room.wake()
    return batch
  }

  async run(parent: AbortSignal): Promise<void> {
    // Of its own: lanes that sleep side by side would seem to be a leak of listeners.
    const signal = AbortSignal.any([parent])
    while (!signal.aborted) {
      const jobs = this.#jobs
      const barriers = this.#barriers
      this.#jobs = []
      if (!(await this.parts.apply(this))) return
      for (const job of jobs) await job()
      for (const barrier of barriers) await this.#look(barrier, signal)
      if (this.builder.isEmpty && this.#jobs.length === 0) {
        await this.#work.sleep(this.#barriers.length > 0 ? pollBarriersMs : idleMs, signal)
        // What the same answer of Kafka brings of other partitions comes with it, not in a transaction each.
        await nextTurn()
      }
    }
  }

  /** Hands out what is collected, to be applied now. Only while writing is this lane's turn: else it might be overtaken. */
  begin(): SinkBatch | null {
    this.#applying = this.collected()
    return this.#applying
  }

  /** What `begin` handed out is applied, or given up. */
  end(): void {
    this.#applying = null
  }

  /** Later events of parked keys that are on their way to be parked behind them. */
  get held(): readonly RawEvent[] {
    return [...(this.#applying?.held ?? []), ...this.builder.held]
  }

  /** Whether a later event of this parked key is on its way to be parked behind it. */
  holds(place: TopicPartition, keyText: string): boolean {
    return holdsKey(this.held, place, keyText)
  }

  /** Commit time of the oldest change that is here and not applied, milliseconds since 1970; infinite if there is none. */
  get oldestMs(): number {
    const waiting = this.#barriers.map(({ rest }) => rest.timestampMs)
    return Math.min(this.#applying?.oldestMs ?? Number.POSITIVE_INFINITY, this.builder.oldestMs, ...waiting)
  }

  /** Forgets what is collected and has it delivered again. */
  rewind(): void {
    this.collected()
    this.#barriers = []
    for (const partition of this.partitions) {
      rewind(partition)
      this.parts.flow.seek(partition)
      this.parts.flow.resume(partition)
    }
  }

  async #add(
    partition: PartitionState,
    fetched: FetchedBatch,
    turn: number,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted && partition.turn === turn) {
      const obstacle = this.builder.add(partition, fetched)
      this.#work.wake()
      if (obstacle === null) return
      const reader = await this.parts.load(partition.topic, obstacle.schemaId)
      if (obstacle.kind === 'truncate' && partition.turn === turn) {
        const { topic, partition: number } = partition
        const { offset, order } = obstacle
        const arrival = { table: reader.version, topic, partition: number, offset, order }
        this.parts.flow.pause(partition)
        this.#barriers = [...this.#barriers, { arrival, partition, rest: fetched, turn }]
        this.#work.wake()
        return
      }
    }
  }

  /** Past the truncate, what was fetched behind it comes next. Can be repeated at any point. */
  async #look(barrier: TruncateBarrier, signal: AbortSignal): Promise<void> {
    const { arrival, partition, rest, turn } = barrier
    if (!this.#barriers.includes(barrier)) return
    let answer: 'waiting' | 'passed' = 'waiting'
    await this.parts.beside(async () => {
      answer = await this.parts.writer.truncate(arrival)
    })
    if (answer === 'waiting') return
    if (partition.turn === turn && partition.next === arrival.offset) {
      partition.next = arrival.offset + 1n
      advanceOrder(partition, arrival.order.commit, arrival.order.index)
      partition.applied = { nextOffset: partition.next, order: partition.order }
    }
    this.#barriers = this.#barriers.filter(other => other !== barrier)
    await this.#add(partition, rest, turn, signal)
    if (!this.#barriers.some(other => other.partition === partition)) this.parts.flow.resume(partition)
  }
}
