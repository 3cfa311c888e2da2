import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { AppendedOffsets } from './appended-offsets.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { Broker } from './kafkajs/internals.ts'
import { initProducer } from './kafkajs/init-producer-request.ts'
import type { ProducerIdentity } from './kafkajs/init-producer-request.ts'
import type { ProduceEntry } from './kafkajs/produce-request.ts'
import { groupBy } from './group-by.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'
import type { EncodedRecords } from './log.ts'
import { MarkersWait } from './markers-wait.ts'
import { partitionId } from './partition-id.ts'
import { patiently } from './patience.ts'
import type { ProducerSession } from './producer-session.ts'
import { produceRecords } from './produce-records.ts'

/** Kafka ends a transaction that is open for longer, and fences its producer. */
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
  #identity: ProducerIdentity | null = null
  #sequences = new Map<string, number>()
  #partitions = new Set<string>()
  readonly #appended = new AppendedOffsets()
  readonly #markersWait = new MarkersWait()
  #known: Broker | null = null

  constructor(brokers: Brokers, transactionalId: string) {
    this.#brokers = brokers
    this.#transactionalId = transactionalId
  }

  get open(): boolean {
    return this.#partitions.size > 0
  }

  /**
   * Takes a new epoch. The first time it fences every other producer with this id and ends their transaction, waiting
   * until what they had committed is visible; later it is refused when another one has taken over.
   */
  async begin(): Promise<void> {
    const request = {
      transactionalId: this.#transactionalId,
      transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    }
    this.#identity = await patiently(
      `Opening the transactional id ${this.#transactionalId}`,
      () => this.#atCoordinator(broker => initProducer(broker, { ...request, current: this.#identity })),
      never,
    )
    this.#sequences.clear()
    this.#partitions.clear()
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
    this.#partitions.clear()
  }

  async recover(): Promise<void> {
    // One that only asks for patience may have been replaced without knowing it.
    this.#known = null
    try {
      await patiently('Aborting', () => this.#endTransaction('abort'), never)
    } catch (error) {
      // There is nothing to abort: the transaction never began, or the commit had arrived.
      if (kafkaErrorType(error) !== 'INVALID_TXN_STATE') throw error
    }
    await this.begin()
  }

  close(): void {
    this.#brokers.close()
  }

  async #join(records: readonly EncodedRecords[]): Promise<void> {
    const fresh = records.filter(entry => !this.#partitions.has(partitionId(entry)))
    if (fresh.length === 0) return
    const topics = [...groupBy(fresh, ({ topic }) => topic)].map(([topic, entries]) => ({
      topic,
      partitions: entries.map(({ partition }) => partition),
    }))
    await patiently(
      'Beginning a transaction',
      () => this.#atCoordinator(broker => broker.addPartitionsToTxn({ ...this.#request(), topics })),
      never,
    )
    for (const entry of fresh) this.#partitions.add(partitionId(entry))
  }

  async #endTransaction(outcome: 'commit' | 'abort'): Promise<void> {
    const transactionResult = outcome === 'commit'
    await this.#atCoordinator(broker => broker.endTxn({ ...this.#request(), transactionResult }))
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
