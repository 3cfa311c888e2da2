import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { orAborted } from './abortable.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { Broker } from './kafkajs/internals.ts'
import { syncAssignment, joinGroup } from './kafkajs/join-group.ts'
import type { ConsumerOptions, Starting, TopicPartition } from './log.ts'
import type { Membership } from './membership.ts'
import { patiently } from './patience.ts'

const HEARTBEAT_MS = 1_000
/** It takes a new connection and several requests, and something may stand still for a moment. */
const LEAVE_MS = 5_000
/** Kafka gives a member's partitions away when it has heard nothing for so long. */
export const SESSION_TIMEOUT_MS = 10_000

/** Membership of a consumer group at Kafka. */
export class KafkaMembership implements Membership {
  readonly #brokers: Brokers
  readonly #open: () => Brokers
  readonly #options: ConsumerOptions
  #memberId = ''
  #generation = -1
  #known: Broker | null = null

  /** `open` gives connections of their own, which are needed to leave. */
  constructor(brokers: Brokers, open: () => Brokers, options: ConsumerOptions) {
    this.#brokers = brokers
    this.#open = open
    this.#options = options
  }

  async join(signal: AbortSignal): Promise<readonly TopicPartition[] | null> {
    const doing = `Joining the group ${this.#options.groupId}`
    for (;;) {
      const joined = await orAborted(
        patiently(doing, () => this.#tryJoin(signal), signal),
        signal,
      )
      if (joined !== 'again') return joined
    }
  }

  async beat(onEnd: () => void, signal: AbortSignal): Promise<void> {
    let heard = performance.now()
    for (;;) {
      await sleep(HEARTBEAT_MS, signal)
      if (signal.aborted) return
      const fate = await this.#heartbeat(signal)
      if (fate === 'member') heard = performance.now()
      const lost = fate === 'lost' || performance.now() - heard > SESSION_TIMEOUT_MS
      if (lost || fate === 'rebalancing') onEnd()
      if (lost) return
    }
  }

  async commit(offsets: readonly Starting[]): Promise<void> {
    if (this.#memberId === '') return
    const topics = offsets.map(({ topic, partition, offset }) => ({
      topic,
      partitions: [{ partition, offset: offset.toString() }],
    }))
    try {
      const coordinator = await this.#coordinator()
      await coordinator.offsetCommit({ ...this.#identity(), topics })
    } catch (error) {
      this.#known = null
      if (fateOf(error) === 'unknown') throw commitError(error, this.#options.groupId)
    }
  }

  async leave(): Promise<void> {
    if (this.#memberId === '') return
    // Kafka answers a connection in order, and a join under way may take a minute.
    const brokers = this.#open()
    const request = { groupId: this.#options.groupId, memberId: this.#memberId }
    const leaving = brokers.coordinator('group', request.groupId).then(broker => broker.leaveGroup(request))
    // A member that cannot say goodbye is missed after the session timeout.
    await orAborted(
      leaving.catch(() => undefined),
      AbortSignal.timeout(LEAVE_MS),
    )
    brokers.close()
    this.#memberId = ''
  }

  async #tryJoin(signal: AbortSignal): Promise<readonly TopicPartition[] | 'again'> {
    const coordinator = await this.#coordinator()
    const timeouts = { sessionTimeout: SESSION_TIMEOUT_MS, rebalanceTimeout: 6 * SESSION_TIMEOUT_MS }
    try {
      const joined = await joinGroup(coordinator, { ...this.#options, ...timeouts, memberId: this.#memberId })
      this.#memberId = joined.memberId
      if (joined.kind === 'named' || signal.aborted) return 'again'
      this.#generation = joined.generationId
      return await syncAssignment(coordinator, this.#brokers, { ...joined, groupId: this.#options.groupId })
    } catch (error) {
      this.#known = null
      const fate = fateOf(error)
      if (fate === 'unknown') throw error
      if (kafkaErrorType(error) === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
      return 'again'
    }
  }

  async #heartbeat(signal: AbortSignal): Promise<Fate> {
    try {
      const beating = this.#coordinator().then(coordinator => coordinator.heartbeat(this.#identity()))
      await orAborted(beating, signal)
      return 'member'
    } catch (error) {
      this.#known = null
      if (kafkaErrorType(error) === 'UNKNOWN_MEMBER_ID') this.#memberId = ''
      return fateOf(error)
    }
  }

  /** Looked for again after every failure. */
  async #coordinator(): Promise<Broker> {
    if (!this.#known?.isConnected()) {
      this.#known = await this.#brokers.coordinator('group', this.#options.groupId)
    }
    return this.#known
  }

  #identity() {
    return { groupId: this.#options.groupId, groupGenerationId: this.#generation, memberId: this.#memberId }
  }
}

/** A coordinator that does not know a topic has not been told of it yet: whoever reads the topic knows whether it is missing. */
function commitError(cause: unknown, groupId: string): MigrationError {
  const error = kafkaError(cause, `Committing offsets of ${groupId}`)
  if (error.code !== 'kafka.topic_missing') return error
  return new MigrationError('kafka.unreachable', error.message, { cause })
}

type Fate = 'member' | 'rebalancing' | 'lost' | 'unknown'

function fateOf(error: unknown): Fate {
  const type = kafkaErrorType(error)
  if (type === 'REBALANCE_IN_PROGRESS') return 'rebalancing'
  return type === 'UNKNOWN_MEMBER_ID' || type === 'ILLEGAL_GENERATION' ? 'lost' : 'unknown'
}
