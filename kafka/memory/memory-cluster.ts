import { randomUUID } from 'node:crypto'
import { MigrationError } from '../../core/errors.ts'
import type { EncodedRecords, PartitionRange, TopicPartition, TopicSpec } from '../log.ts'
import { MemoryGroup } from './memory-group.ts'
import { batchBytes, MemoryPartition } from './memory-partition.ts'
import type { MemoryProducer } from './memory-producer-session.ts'

const DEFAULT_MAX_BYTES = 1_048_588

interface MemoryTopic {
  readonly id: string
  readonly spec: TopicSpec
  readonly partitions: readonly MemoryPartition[]
}

/** What a cluster of brokers keeps. Several logs may share one, as processes share a cluster. */
export class MemoryCluster {
  readonly topics = new Map<string, MemoryTopic>()
  readonly groups = new Map<string, MemoryGroup>()
  readonly producers = new Map<string, MemoryProducer>()
  #waiting: (() => void)[] = []

  topic(name: string): MemoryTopic {
    const topic = this.topics.get(name)
    if (topic !== undefined) return topic
    throw new MigrationError('kafka.topic_missing', `There is no topic ${name}`)
  }

  partition({ topic, partition }: TopicPartition): MemoryPartition {
    const found = this.topic(topic).partitions[partition]
    if (found !== undefined) return found
    throw new MigrationError('kafka.topic_missing', `There is no partition ${partition} of ${topic}`)
  }

  /** Of all partitions of these topics, in their order. */
  ranges(topics: readonly string[]): PartitionRange[] {
    return topics.flatMap(topic =>
      this.topic(topic).partitions.map((partition, index) => partition.range(topic, index)),
    )
  }

  create(spec: TopicSpec): void {
    const found = this.topics.get(spec.topic)?.spec
    if (found === undefined) {
      const partitions = Array.from({ length: spec.partitions }, () => new MemoryPartition())
      this.topics.set(spec.topic, { id: randomUUID(), spec, partitions })
    } else if (found.partitions !== spec.partitions || found.compacted !== spec.compacted) {
      throw new MigrationError('kafka.topic_mismatch', `The topic ${spec.topic} exists with other settings`)
    }
  }

  /** Of those that are there. */
  ids(topics: readonly string[]): ReadonlyMap<string, string> {
    const there = topics.flatMap(topic => this.topics.get(topic) ?? [])
    return new Map(there.map(({ id, spec }) => [spec.topic, id]))
  }

  group(id: string): MemoryGroup {
    const group = this.groups.get(id) ?? new MemoryGroup(topic => this.topic(topic).spec.partitions)
    this.groups.set(id, group)
    return group
  }

  /** Throws `kafka.record_too_large` for a batch that the topic does not take. */
  checkSize(records: EncodedRecords): void {
    const limit = Number(this.topic(records.topic).spec.config['max.message.bytes'] ?? DEFAULT_MAX_BYTES)
    if (batchBytes(records) <= limit) return
    throw new MigrationError(
      'kafka.record_too_large',
      `A batch for ${records.topic} is more than ${limit} bytes`,
    )
  }

  /** Resolves when something was written or trimmed. */
  async changed(): Promise<void> {
    await new Promise<void>(resolve => {
      this.#waiting.push(resolve)
    })
  }

  wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
