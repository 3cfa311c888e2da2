import type { RateLimit } from '../core/rate-limit.ts'
import type { Backoff } from '../core/retry.ts'
import { withRetry } from '../core/retry.ts'
import { runTogether } from '../core/service.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { FetchedBatch, GroupConsumer, Starting, TopicPartition } from '../kafka/log.ts'
import { partitionId } from '../kafka/partition-id.ts'
import { type AppliedBatch, BatchApplier } from './batch-applier.ts'
import { type BatchLimits, BatchSize } from './batch-size.ts'
import { closeLate } from './close-late.ts'
import { parkedKeyText } from './parked.ts'
import { type PartitionState, partitionState } from './partition-state.ts'
import type { Claim, Sink } from './sink.ts'
import type { SinkBatch } from './sink-batch.ts'
import { SinkLane } from './sink-lane.ts'
import type { TableCatalog } from './table-catalog.ts'

export interface AssignmentParts {
  readonly sink: Sink
  readonly catalog: TableCatalog
  readonly consumer: GroupConsumer
  readonly telemetry: Telemetry
  readonly backoff: Backoff
  /** Connections that write side by side. */
  readonly writers: number
  readonly limits: BatchLimits
  readonly limit: RateLimit
  readonly conflictPatienceMs: number
}

/** The partitions that this instance has, from the claim until they are taken away or given up. */
export class Assignment {
  readonly partitions: readonly PartitionState[]
  readonly #parts: AssignmentParts
  readonly #lanes: readonly SinkLane[]
  readonly #applier: BatchApplier
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #queued = new Set<string>()
  readonly #byPlace = new Map<string, { partition: PartitionState; lane: SinkLane }>()

  constructor(parts: AssignmentParts, claim: Claim, parent: AbortSignal) {
    this.#parts = parts
    this.#signal = AbortSignal.any([parent, this.#stop.signal])
    this.partitions = claim.progress.map(partitionState)
    this.#lanes = Array.from({ length: Math.max(1, Math.min(parts.writers, this.partitions.length)) }, () =>
      this.#openLane(claim.owner),
    )
    for (const [index, partition] of this.partitions.entries()) {
      const lane = this.#lanes[index % this.#lanes.length]
      if (lane === undefined) continue
      lane.partitions.push(partition)
      this.#byPlace.set(partitionId(partition), { partition, lane })
    }
    this.#applier = new BatchApplier(
      {
        conflictPatienceMs: parts.conflictPatienceMs,
        conflictBytes: parts.limits.bytes * 4,
        backoff: parts.backoff,
        limit: parts.limit,
        applied: (result, lanes) => this.#applied(result, lanes),
      },
      this.#lanes,
    )
  }

  /** Writes, after `loadParked`, until the signal of the claim aborts or `stop` is called; then closes its connections. */
  async run(): Promise<void> {
    const lanes = this.#lanes.map((lane, index) => ({
      name: `lane ${index}`,
      run: (signal: AbortSignal) => lane.run(signal),
    }))
    const close = () => this.#closeWriters()
    try {
      // A transaction that waits for a lock must not keep the partitions from their next owner.
      await closeLate(this.#signal, close, () => runTogether(lanes, this.#signal))
    } finally {
      this.#stop.abort()
      await close()
    }
  }

  /** What is not applied is dropped; a transaction under way ends first. */
  stop(): void {
    this.#stop.abort()
  }

  async take(batch: FetchedBatch): Promise<void> {
    const found = this.find(batch)
    if (found === undefined || this.#signal.aborted) return
    await found.lane.take(found.partition, batch, this.#signal)
  }

  /** Nothing lies between the place and `end`; void when the partition has moved meanwhile. */
  pass(place: Starting, end: bigint): void {
    const found = this.find(place)
    if (found === undefined || found.partition.next !== place.offset || this.#signal.aborted) return
    found.lane.pass(found.partition, end)
  }

  find(place: TopicPartition): { partition: PartitionState; lane: SinkLane } | undefined {
    return this.#byPlace.get(partitionId(place))
  }

  /** Whether any key may be parked: whoever holds the partitions knows of every one that is. */
  get isParked(): boolean {
    return this.partitions.some(({ parked }) => parked.size > 0)
  }

  /** Commit time of the oldest change that is fetched and not applied, milliseconds since 1970. */
  get oldestMs(): number {
    return Math.min(this.#applier.oldestMs, ...this.#lanes.map(lane => lane.oldestMs))
  }

  /** Events skipped since the last call. */
  takeSkipped(): number {
    let skipped = 0
    for (const { builder } of this.#lanes) {
      skipped += builder.skipped
      builder.skipped = 0
    }
    return skipped
  }

  /**
   * Holds back the keys of which events are parked. One that is held back needlessly lets go by itself, with its next event; so none is let
   * go here, where another lane may be about to park or to release one.
   */
  async loadParked(): Promise<void> {
    const keys = await this.#retried(() => this.#parts.sink.parkedKeys(this.partitions))
    // An event that is on its way to be parked holds its key back as well, although the target may not know the key any more.
    const held = this.#lanes.flatMap(lane => lane.held)
    for (const key of [...keys, ...held])
      this.find(key)?.partition.parked.add(parkedKeyText(key.key, key.offset))
  }

  /** Runs on the partition's lane between two batches. `name`: a job that waits already is not queued again. */
  queue(
    name: string,
    place: TopicPartition,
    job: (lane: SinkLane, partition: PartitionState) => Promise<void>,
  ): void {
    const found = this.find(place)
    if (found === undefined) return
    const { lane, partition } = found
    this.#queueOnce(name, lane, () => this.#applier.beside(() => this.#retried(() => job(lane, partition))))
  }

  /** Runs while no lane writes, on the connection of the first. */
  queueAlone(name: string, job: (lane: SinkLane) => Promise<void>): void {
    const [lane] = this.#lanes
    if (lane === undefined) return
    this.#queueOnce(name, lane, () => this.#applier.alone(() => this.#retried(() => job(lane))))
  }

  #queueOnce(name: string, lane: SinkLane, job: () => Promise<void>): void {
    if (this.#queued.has(name)) return
    this.#queued.add(name)
    lane.queue(async () => {
      // What is asked for from now on may come too late for this run.
      this.#queued.delete(name)
      await job()
    })
  }

  async #closeWriters(): Promise<void> {
    await Promise.all(this.#lanes.map(lane => lane.parts.writer.close()))
  }

  #openLane(owner: string): SinkLane {
    const { sink, catalog, consumer, limits } = this.#parts
    return new SinkLane({
      writer: sink.openWriter(owner),
      readers: catalog,
      load: (topic, schemaId) => this.#retried(() => catalog.load(topic, schemaId, this.#signal)),
      size: new BatchSize(limits),
      apply: lane => this.#applier.apply(lane, this.#signal),
      beside: work => this.#applier.beside(() => this.#retried(work)),
      flow: {
        pause: partition => {
          consumer.pause([partition])
        },
        resume: partition => {
          consumer.resume([partition])
        },
        seek: ({ topic, partition, next }) => {
          consumer.seek({ topic, partition, offset: next })
        },
      },
    })
  }

  async #applied({ batch, outcome, seconds }: AppliedBatch, lanes: readonly SinkLane[]): Promise<void> {
    for (const advance of batch.advances) {
      const partition = this.find(advance)?.partition
      if (partition !== undefined) partition.applied = { nextOffset: advance.to, order: advance.order }
    }
    this.#observe(batch, seconds)
    if (outcome !== 'parked') {
      // One of several lanes is no batch that a lane would collect.
      if (lanes.length === 1) lanes[0]?.parts.size.note(batch, seconds)
      return
    }
    // Later events of the parked keys may be collected already.
    await this.loadParked()
    for (const lane of lanes) lane.rewind()
  }

  #observe(batch: SinkBatch, seconds: number): void {
    const { telemetry, sink } = this.#parts
    const labels = { target: sink.name }
    telemetry.count('switchback_applied_events_total', batch.events, labels)
    telemetry.count('switchback_applied_bytes_total', batch.bytes, labels)
    telemetry.observe('switchback_apply_seconds', seconds, labels)
    telemetry.observe('switchback_batch_events', batch.events, labels)
  }

  #retried<T>(work: () => Promise<T>): Promise<T> {
    return withRetry(work, this.#parts.backoff, this.#signal)
  }
}
