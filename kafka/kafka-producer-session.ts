import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { AppendedOffsets } from './appended-offsets.ts'
import { addPartitions } from './kafkajs/add-partitions-request.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { transactionState } from './kafkajs/describe-transaction-request.ts'
import type { Broker } from './kafkajs/internals.ts'
import { initProducer } from './kafkajs/init-producer-request.ts'
import type { ProducerIdentity } from './kafkajs/init-producer-request.ts'
import type { ProduceEntry } from './kafkajs/produce-request.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'
import type { EncodedRecords, TopicPartition } from './log.ts'
import { MarkersWait } from './markers-wait.ts'
import { partitionId } from './partition-id.ts'
import { patiently } from './patience.ts'
import type { ProducerSession } from './producer-session.ts'
import { produceRecords } from './produce-records.ts'

/** Kafka ends a transaction that is open for longer. */
const TRANSACTION_TIMEOUT_MS = 300_000
const SEQUENCES = 2 ** 31
const never = new AbortController().signal

/**
 * One transactional id at Kafka: its identity, its sequence numbers, and the requests of a transaction. Every request
 * may be repeated: Kafka recognises the sequence numbers and the identity.
 */
export class KafkaProducerSession implements ProducerSession {
  readonly #brokers: Brokers
  readonly #transactionalId: string
  readonly #timeoutMs: number
  #identity: ProducerIdentity | null = null
  #sequences = new Map<string, number>()
  /** Those of the transaction that is open. */
  #partitions = new Map<string, TopicPartition>()
  /** It may be over: Kafka was asked to end it, or ended it by itself. */
  #ending = false
  readonly #appended = new AppendedOffsets()
  readonly #markersWait = new MarkersWait()
  #known: Broker | null = null

  constructor(brokers: Brokers, transactionalId: string, timeoutMs = TRANSACTION_TIMEOUT_MS) {
    this.#brokers = brokers
    this.#transactionalId = transactionalId
    this.#timeoutMs = timeoutMs
  }

  get open(): boolean {
    return this.#partitions.size > 0
  }

  /**
   * Takes a new epoch. The first time it fences every other producer with this id and ends their transaction, waiting
   * until what they had committed is visible; later it is refused when another one has taken over.
   */
  async begin(): Promise<void> {
    const request = { transactionalId: this.#transactionalId, transactionTimeoutMs: this.#timeoutMs }
    this.#identity = await patiently(
      `Opening the transactional id ${this.#transactionalId}`,
      () => this.#atCoordinator(broker => initProducer(broker, { ...request, current: this.#identity })),
      never,
    )
    this.#sequences.clear()
    this.#over()
  }

  async publish(records: readonly EncodedRecords[]): Promise<void> {
    await this.#join(records)
    let left: readonly ProduceEntry[] = records.map(entry => ({
      records: entry,
      producer: this.#producer(entry),
    }))
    await patiently(
      'Publishing',
      async attempt => {
        const request = { entries: left, fresh: attempt > 0 }
        const { done, failure } = await produceRecords(this.#brokers, this.#transactionalId, request)
        this.#appended.take(done)
        const written = new Set(done.map(partitionId))
        left = left.filter(entry => !written.has(partitionId(entry.records)))
        if (failure !== null) throw failure.error
        const [unanswered] = left
        if (unanswered !== undefined) throw noAnswer(unanswered.records)
      },
      never,
    )
    for (const entry of records) {
      const key = partitionId(entry)
      this.#sequences.set(key, ((this.#sequences.get(key) ?? 0) + entry.count) % SEQUENCES)
    }
  }

  async end(outcome: 'commit' | 'abort'): Promise<void> {
    const doing = outcome === 'commit' ? 'Committing' : 'Aborting'
    if (outcome === 'abort') await this.#followTimeout()
    await patiently(doing, () => this.#endTransaction(outcome), never)
    // The coordinator answers before it has written the markers, and refuses to repeat itself until it has.
    await sleep(this.#markersWait.ms, never)
    let asked = 0
    await patiently(
      doing,
      attempt => {
        asked = attempt
        return this.#endTransaction(outcome)
      },
      never,
    )
    this.#markersWait.learn(asked)
    this.#over()
  }

  async recover(): Promise<void> {
    // One that only asks for patience may have been replaced without knowing it.
    this.#known = null
    await this.#followTimeout()
    try {
      await patiently('Aborting', () => this.#endTransaction('abort'), never)
    } catch (error) {
      if (!(await this.#isNothingToAbort(error))) throw error
    }
    await this.begin()
  }

  close(): void {
    this.#brokers.close()
  }

  async #join(records: readonly EncodedRecords[]): Promise<void> {
    const fresh = records.filter(entry => !this.#partitions.has(partitionId(entry)))
    if (fresh.length === 0) return
    await this.#add(fresh, 'Beginning a transaction')
    for (const { topic, partition } of fresh)
      this.#partitions.set(partitionId({ topic, partition }), { topic, partition })
  }

  async #add(partitions: readonly TopicPartition[], doing: string): Promise<void> {
    const adding = (broker: Broker) =>
      addPartitions(broker, this.#transactionalId, this.#current(), partitions)
    await patiently(doing, () => this.#atCoordinator(adding), never)
  }

  /**
   * Kafka ends a transaction that was open for too long under the next epoch, which it gives to nobody: whoever takes over
   * from an open transaction gets a later one. So we go on under it. Of a transaction that may have ended before, the next
   * epoch may be a successor's.
   */
  async #followTimeout(): Promise<void> {
    const [joined] = this.#partitions.values()
    if (joined === undefined || this.#ending) return
    try {
      // It is part of the transaction already. So this changes nothing, and tells whether the epoch is still ours.
      await this.#add([joined], 'Aborting')
    } catch (error) {
      const type = kafkaErrorType(error)
      if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return
      if (type !== 'INVALID_PRODUCER_EPOCH') throw error
      this.#ending = true
      const { producerId, epoch } = this.#current()
      this.#identity = { producerId, epoch: epoch + 1 }
    }
  }

  /** Whether the refusal to abort leaves it to `begin` to find out who has the transactional id. */
  async #isNothingToAbort(refusal: unknown): Promise<boolean> {
    const type = kafkaErrorType(refusal)
    // The transaction never began, or the commit had arrived.
    if (type === 'INVALID_TXN_STATE') return true
    if (type !== 'INVALID_PRODUCER_EPOCH') return false
    // The epoch may be our own, and its answer was lost. But `begin` would end a transaction of whoever else has it.
    const look = (broker: Broker) => transactionState(broker, this.#transactionalId)
    return (await patiently('Aborting', () => this.#atCoordinator(look), never)) === 'Empty'
  }

  #over(): void {
    this.#partitions.clear()
    this.#ending = false
  }

  async #endTransaction(outcome: 'commit' | 'abort'): Promise<void> {
    const transactionResult = outcome === 'commit'
    await this.#atCoordinator(broker => {
      this.#ending = true
      return broker.endTxn({ ...this.#request(), transactionResult })
    })
  }

  /** Looks for the coordinator again after a failure, unless it has only asked for patience. */
  async #atCoordinator<T>(ask: (broker: Broker) => Promise<T>): Promise<T> {
    if (!this.#known?.isConnected())
      this.#known = await this.#brokers.coordinator('transaction', this.#transactionalId)
    try {
      return await ask(this.#known)
    } catch (error) {
      if (kafkaErrorType(error) !== 'CONCURRENT_TRANSACTIONS') this.#known = null
      throw error
    }
  }

  #request() {
    const { producerId, epoch } = this.#current()
    return { transactionalId: this.#transactionalId, producerId, producerEpoch: epoch }
  }

  #producer(entry: EncodedRecords) {
    const firstSequence = this.#sequences.get(partitionId(entry)) ?? 0
    return { ...this.#current(), firstSequence, transactional: true }
  }

  #current(): ProducerIdentity {
    if (this.#identity === null) throw kafkaError(new Error('not begun'), this.#transactionalId)
    return this.#identity
  }
}

/** It may be sent again, as whatever gets no answer. */
function noAnswer(records: EncodedRecords): MigrationError {
  return new MigrationError(
    'kafka.unreachable',
    `Kafka did not say whether it has written to ${partitionId(records)}`,
  )
}
