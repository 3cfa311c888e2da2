import { MigrationError } from '../core/errors.ts'
import { withRetry } from '../core/retry.ts'
import { sleep } from '../core/time.ts'
import type { ConsumerHandler, FetchedBatch, Starting, TopicPartition } from '../kafka/log.ts'
import { Assignment, type AssignmentParts } from './assignment.ts'

/** How long the group may take to say that partitions are somebody else's, when the target says so already. */
const takeoverPatienceMs = 30_000

/** This instance as a member of the target's consumer group: one assignment after the other. */
export class SinkSession implements ConsumerHandler {
  /** What holds now; null between two assignments. */
  assignment: Assignment | null = null
  readonly #parts: AssignmentParts
  readonly #fail: (error: unknown) => void
  readonly #signal: AbortSignal
  #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()

  /** `fail` is called when this instance cannot go on. */
  constructor(parts: AssignmentParts, fail: (error: unknown) => void, signal: AbortSignal) {
    this.#parts = parts
    this.#fail = fail
    this.#signal = signal
  }

  async assigned(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly Starting[]> {
    const { sink, backoff, telemetry } = this.#parts
    const claim = await withRetry(() => sink.claim(partitions), backoff, signal)
    this.#ending = new AbortController()
    const ended = AbortSignal.any([this.#ending.signal, this.#signal, signal])
    const assignment = new Assignment(this.#parts, claim, ended)
    // Events of parked keys must not get past them.
    await assignment.loadParked()
    this.assignment = assignment
    this.#running = this.#watch(assignment.run(), ended)
    telemetry.log.info({ target: sink.name, partitions: partitions.length }, 'partitions claimed')
    return claim.progress.map(({ topic, partition, nextOffset }) => ({
      topic,
      partition,
      offset: nextOffset,
    }))
  }

  async revoked(): Promise<void> {
    this.#ending.abort()
    this.assignment = null
    await this.#running
  }

  async batch(batch: FetchedBatch): Promise<void> {
    await this.assignment?.take(batch)
  }

  /** An assignment may only end because it was ended. */
  async #watch(running: Promise<void>, ended: AbortSignal): Promise<void> {
    try {
      await running
    } catch (error) {
      if (ended.aborted) return
      if (isTakenOver(error)) {
        this.#parts.telemetry.log.warn(
          { target: this.#parts.sink.name },
          'another instance has taken partitions over',
        )
        await sleep(takeoverPatienceMs, ended)
        if (ended.aborted) return
      }
      this.#fail(error)
    }
  }
}

/** The consumer group and the target disagree about whose partitions these are. */
function isTakenOver(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'sink.taken_over'
}
