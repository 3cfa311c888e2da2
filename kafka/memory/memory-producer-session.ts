import { MigrationError } from '../../core/errors.ts'
import type { EncodedRecords, TopicPartition } from '../log.ts'
import type { ProducerSession } from '../producer-session.ts'
import type { MemoryCluster } from './memory-cluster.ts'

/** Who may write under a transactional id, and what its open transaction has touched. */
export interface MemoryProducer {
  readonly producerId: bigint
  epoch: number
  touched: TopicPartition[]
}

/** Takes the transactional id: fences older sessions and aborts what they left open. */
export function beginMemorySession(cluster: MemoryCluster, transactionalId: string): ProducerSession {
  const producerId = BigInt(cluster.producers.size)
  const producer = cluster.producers.get(transactionalId) ?? { producerId, epoch: -1, touched: [] }
  cluster.producers.set(transactionalId, producer)
  endTransaction(cluster, producer, 'abort')
  producer.epoch++
  return new MemoryProducerSession(cluster, producer)
}

class MemoryProducerSession implements ProducerSession {
  readonly #cluster: MemoryCluster
  readonly #producer: MemoryProducer
  readonly #epoch: number
  open = false

  constructor(cluster: MemoryCluster, producer: MemoryProducer) {
    this.#cluster = cluster
    this.#producer = producer
    this.#epoch = producer.epoch
  }

  async publish(records: readonly EncodedRecords[]): Promise<void> {
    this.#checkEpoch()
    for (const entry of records) this.#cluster.checkSize(entry)
    this.open ||= records.length > 0
    const { producerId, touched } = this.#producer
    const producer = { producerId, epoch: this.#epoch, firstSequence: 0, transactional: true }
    for (const entry of records) {
      touched.push(entry)
      this.#cluster.partition(entry).append(entry, producer, Date.now())
    }
  }

  async end(outcome: 'commit' | 'abort'): Promise<void> {
    this.#checkEpoch()
    endTransaction(this.#cluster, this.#producer, outcome)
    this.open = false
  }

  async recover(): Promise<void> {
    await this.end('abort')
  }

  close(): void {
    // What is open stays open until the next session, as at a broker.
  }

  #checkEpoch(): void {
    if (this.#producer.epoch === this.#epoch) return
    throw new MigrationError('kafka.fenced', 'Another writer has taken over the transactional id')
  }
}

function endTransaction(cluster: MemoryCluster, producer: MemoryProducer, outcome: 'commit' | 'abort'): void {
  for (const { topic, partition } of producer.touched) {
    cluster.topics.get(topic)?.partitions[partition]?.mark(producer.producerId, outcome, Date.now())
  }
  producer.touched = []
  cluster.wake()
}
