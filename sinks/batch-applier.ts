import type { RateLimit } from '../core/rate-limit.ts'
import { type Backoff, withRetry } from '../core/retry.ts'
import { sleep } from '../core/time.ts'
import type { ApplyOutcome, OnConflict } from './sink.ts'
import { combineBatches, type SinkBatch } from './sink-batch.ts'
import type { SinkLane } from './sink-lane.ts'
import { WriteGate } from './write-gate.ts'

export interface ApplierOptions {
  /** How long a broken unique constraint may be the fault of an event that is still to come. */
  readonly conflictPatienceMs: number
  /** No more is laid on top of a conflicting batch than this. */
  readonly conflictBytes: number
  readonly backoff: Backoff
  readonly limit: RateLimit
  /** Called after each commit, before the lanes whose events it held go on. */
  readonly applied: (result: AppliedBatch, lanes: readonly SinkLane[]) => Promise<void>
}

export interface AppliedBatch {
  readonly batch: SinkBatch
  readonly outcome: ApplyOutcome
  /** Of the attempt that succeeded. */
  readonly seconds: number
}

interface Attempt {
  readonly batch: SinkBatch
  readonly onConflict: OnConflict
  /** Whose events it holds; the first one writes. */
  readonly lanes: readonly SinkLane[]
}

/**
 * Applies the batches of all lanes. Order holds within a partition only, so a row may take a unique value before the row
 * that gives it away has come: then all lanes stop, and the batch is tried again together with what comes next,
 * because two rows that swap values can only be written in one transaction.
 */
export class BatchApplier {
  /** Commit time of the oldest change in a conflict, milliseconds since 1970. */
  oldestMs = Number.POSITIVE_INFINITY
  readonly #options: ApplierOptions
  readonly #gate = new WriteGate()
  readonly #lanes: readonly SinkLane[]
  #conflicting: SinkBatch[] = []

  constructor(options: ApplierOptions, lanes: readonly SinkLane[]) {
    this.#options = options
    this.#lanes = lanes
  }

  /**
   * Applies what the lane has collected; false when the signal aborted. Nothing is taken out of a lane before its turn:
   * whoever writes alone finds all that is not applied in the lanes and among the conflicting batches.
   */
  async apply(lane: SinkLane, signal: AbortSignal): Promise<boolean> {
    await this.#options.limit.ready(signal)
    const conflicts = await this.#gate.shared(async () => {
      const batch = lane.begin()
      if (batch === null) return false
      if ((await this.#write({ batch, onConflict: 'wait', lanes: [lane] }, signal)) !== 'conflict')
        return false
      this.#conflicting.push(batch)
      return true
    })
    if (conflicts) await this.#gate.alone(() => this.#resolve(lane, signal))
    lane.end()
    return !signal.aborted
  }

  /** Something that must not run beside a batch made of several lanes. */
  async beside(work: () => Promise<void>): Promise<void> {
    await this.#gate.shared(work)
  }

  /** Something for which all lanes must stand still. */
  async alone(work: () => Promise<void>): Promise<void> {
    await this.#gate.alone(work)
  }

  async #write({ batch, onConflict, lanes }: Attempt, signal: AbortSignal): Promise<ApplyOutcome> {
    let begin = 0
    const attempt = async () => {
      begin = performance.now()
      return (await lanes[0]?.parts.writer.apply(batch, onConflict)) ?? 'conflict'
    }
    const outcome = await withRetry(attempt, this.#options.backoff, signal)
    if (outcome === 'conflict') return outcome
    this.#options.limit.spend(batch.events, batch.bytes)
    await this.#options.applied({ batch, outcome, seconds: (performance.now() - begin) / 1000 }, lanes)
    return outcome
  }

  async #resolve(lane: SinkLane, signal: AbortSignal): Promise<void> {
    if (this.#conflicting.length === 0) return
    let batch = combineBatches(this.#conflicting)
    this.#conflicting = []
    const deadline = performance.now() + this.#options.conflictPatienceMs
    for (let waitMs = 10; !signal.aborted; waitMs = Math.min(500, waitMs * 2)) {
      batch = this.#withMore(batch)
      // Behind a batch that takes no more, what would resolve it cannot come: it is parked, and released with the other later.
      const patient = performance.now() < deadline && batch.bytes < this.#options.conflictBytes
      this.oldestMs = batch.oldestMs
      const lanes = [lane, ...this.#lanes.filter(other => other !== lane)]
      const outcome = await this.#write({ batch, onConflict: patient ? 'wait' : 'park', lanes }, signal)
      if (outcome !== 'conflict') break
      await sleep(waitMs, signal)
    }
    this.oldestMs = Number.POSITIVE_INFINITY
  }

  #withMore(batch: SinkBatch): SinkBatch {
    if (batch.bytes >= this.#options.conflictBytes) return batch
    const later = this.#lanes.map(lane => lane.collected()).filter(more => more !== null)
    return later.length === 0 ? batch : combineBatches([batch, ...later])
  }
}
