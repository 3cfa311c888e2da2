import { MigrationError } from '../core/errors.ts'
import { withRetry } from '../core/retry.ts'
import { sleep } from '../core/time.ts'
import type { ConsumerHandler, FetchedBatch, Starting, TopicPartition } from '../kafka/log.ts'
import { isOther, madeAgain } from '../schemas/same-topics.ts'
import type { TableState } from '../schemas/state.ts'
import type { Claim, ClaimedPartition } from './sink.ts'
import { Standstill } from './standstill.ts'
import { Assignment, type AssignmentParts } from './assignment.ts'

/** How long the group may take to say that partitions are somebody else's, when the target says so already. */
const takeoverPatienceMs = 30_000

/** Nobody takes a member for dead before this, so that a shorter standstill has cost it nothing. */
const standstillMs = 5_000

export interface SessionParts extends AssignmentParts {
  /** Whose topics are read. */
  readonly tables: readonly TableState[]
  /** Milliseconds since 1970: also goes on while the machine is suspended. */
  readonly nowMs: () => number
}

/** This instance as a member of the target's consumer group: one assignment after the other. */
export class SinkSession implements ConsumerHandler {
  /** What holds now; null between two assignments. */
  assignment: Assignment | null = null
  readonly #parts: SessionParts
  readonly #standstill: Standstill
  readonly #fail: (error: unknown) => void
  readonly #signal: AbortSignal
  #ending = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #claim: Claim | null = null

  /** `fail` is called when this instance cannot go on. */
  constructor(parts: SessionParts, fail: (error: unknown) => void, signal: AbortSignal) {
    this.#parts = parts
    this.#standstill = new Standstill(parts.nowMs)
    this.#fail = fail
    this.#signal = signal
  }

  async assigned(partitions: readonly TopicPartition[], signal: AbortSignal): Promise<readonly Starting[]> {
    const { sink, backoff, telemetry, tables } = this.#parts
    refuseMorePartitions(tables, partitions)
    const claim = await withRetry(() => sink.claim(partitions), backoff, signal)
    refuseOtherTopics(tables, claim.progress)
    this.#claim = claim
    this.#standstill.watch()
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
    const claim = this.#claim
    this.#claim = null
    if (this.#standstill.end() > standstillMs && claim !== null && !this.#signal.aborted)
      await this.#refuseSuperseded(claim)
  }

  /**
   * Whoever comes back from a standstill and finds its place taken has been given up, and ends: nobody can tell what else it has
   * missed. In a rebalance nobody takes anything before it was given up here.
   */
  async #refuseSuperseded(claim: Claim): Promise<void> {
    const { sink, backoff } = this.#parts
    if (await withRetry(() => sink.holds(claim), backoff, this.#signal)) return
    throw new MigrationError(
      'sink.taken_over',
      'this process stood still, and another instance has taken its partitions over meanwhile',
    )
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

/** What was applied of a topic says nothing about another one of its name, made after the first was deleted. */
function refuseOtherTopics(tables: readonly TableState[], progress: readonly ClaimedPartition[]): void {
  const found = new Map(progress.map(({ topic, topicId }) => [topic, topicId]))
  const other = tables.find(({ topic, topicId }) => isOther(topicId, found.get(topic)))
  if (other !== undefined) throw madeAgain(other)
}

/** Where a topic got more partitions, equal keys may lie in two of them: their order is lost. */
function refuseMorePartitions(tables: readonly TableState[], given: readonly TopicPartition[]): void {
  for (const { topic, partition } of given) {
    const known = tables.find(table => table.topic === topic)?.partitions
    if (known === undefined || partition < known) continue
    throw new MigrationError(
      'kafka.topic_mismatch',
      `The topic ${topic} has more partitions than the ${known} that the migration gave it`,
      { details: { topic } },
    )
  }
}
