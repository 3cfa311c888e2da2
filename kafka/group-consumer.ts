import { aborted } from './abortable.ts'
import { AssignmentReader } from './assignment-reader.ts'
import type { FetchSource } from './fetch-source.ts'
import { kafkaError } from './kafka-error.ts'
import type { ConsumerHandler, ConsumerOptions, FetchedBatch, GroupConsumer } from './log.ts'
import type { Starting, TopicPartition } from './log.ts'
import type { Membership } from './membership.ts'
import { PartitionPositions } from './partition-positions.ts'

/** What one run of a consumer works with. */
export interface ConsumerSession {
  readonly membership: Membership
  readonly source: FetchSource
}

/** A member of a consumer group, whatever the group and its records are kept in. */
export class MemberConsumer implements GroupConsumer {
  readonly #open: () => ConsumerSession
  readonly #options: ConsumerOptions
  #membership: Membership | null = null
  #positions: PartitionPositions | null = null

  /** `open` is called for every run; its source is closed in the end. */
  constructor(open: () => ConsumerSession, options: ConsumerOptions) {
    this.#open = open
    this.#options = options
  }

  async run(handler: ConsumerHandler, signal: AbortSignal): Promise<void> {
    const { membership, source } = this.#open()
    this.#membership = membership
    const deliveries: Deliveries = { pending: Promise.resolve() }
    try {
      while (!signal.aborted) {
        const partitions = await membership.join(signal)
        if (partitions === null) break
        await this.#hold({ source, membership, handler, deliveries, partitions }, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      this.#membership = null
      await membership.leave()
      source.close()
    }
    await deliveries.pending
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#positions?.pause(partitions)
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#positions?.resume(partitions)
  }

  seek(to: Starting): void {
    this.#positions?.seek(to)
  }

  emptyTo(from: Starting): bigint {
    return this.#positions?.emptyTo(from) ?? from.offset
  }

  async commit(offsets: readonly Starting[]): Promise<void> {
    await this.#membership?.commit(offsets)
  }

  /** Holds partitions until Kafka deals them anew, the signal aborts, or something fails. */
  async #hold(assignment: Assignment, signal: AbortSignal): Promise<void> {
    const { membership, handler, partitions } = assignment
    const ending = new AbortController()
    const leaving = new AbortController()
    const held = AbortSignal.any([signal, ending.signal])
    const outcome = new Outcome(ending)
    const beating = membership.beat(() => {
      ending.abort()
    }, leaving.signal)
    try {
      await this.#read(assignment, outcome, held)
    } catch (error) {
      // What fails because the partitions are being taken away is no failure.
      if (!held.aborted) outcome.fail(error)
    }
    this.#positions = null
    try {
      // Kafka waits with dealing until this member joins again, which is after this.
      if (partitions.length > 0) await handler.revoked(partitions)
    } finally {
      leaving.abort()
      await beating
    }
    if (!signal.aborted) outcome.throwFailure()
  }

  async #read(assignment: Assignment, outcome: Outcome, held: AbortSignal): Promise<void> {
    const { source, handler, partitions, deliveries } = assignment
    // A batch of the last assignment may still be waiting to find out that it is stale.
    await deliveries.pending
    if (partitions.length === 0 || held.aborted) return aborted(held)
    const positions = new PartitionPositions()
    this.#positions = positions
    positions.start(await handler.assigned(partitions, held))
    const reader = new AssignmentReader(
      source,
      positions,
      deliverTo(handler, outcome),
      this.#options.maxBytes,
    )
    try {
      await reader.run(held)
    } catch (error) {
      outcome.fail(kafkaError(error, `Reading for the group ${this.#options.groupId}`))
    } finally {
      deliveries.pending = reader.quiet()
    }
  }
}

interface Deliveries {
  pending: Promise<void>
}

interface Assignment {
  readonly source: FetchSource
  readonly membership: Membership
  readonly handler: ConsumerHandler
  readonly deliveries: Deliveries
  readonly partitions: readonly TopicPartition[]
}

/** The first failure of an assignment, which ends it. */
class Outcome {
  readonly #ending: AbortController
  #failure: { readonly error: unknown } | null = null

  constructor(ending: AbortController) {
    this.#ending = ending
  }

  fail(error: unknown): void {
    if (!this.#ending.signal.aborted) this.#failure = { error }
    this.#ending.abort()
  }

  throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }
}

function deliverTo(handler: ConsumerHandler, outcome: Outcome): (batch: FetchedBatch) => Promise<void> {
  return async batch => {
    try {
      await handler.batch(batch)
    } catch (error) {
      outcome.fail(error)
    }
  }
}
