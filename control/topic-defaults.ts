import type { TopicSpec } from '../kafka/log.ts'
import type { KafkaConfig } from '../schemas/config/kafka-section.ts'
import { deadLetterTopic, stateTopic } from '../schemas/topic-names.ts'

/** The settings of the topics that carry a table's changes. */
export function topicDefaults({
  partitions,
  replication,
  retentionMs,
  maxRecordBytes,
}: KafkaConfig): Omit<TopicSpec, 'topic' | 'compacted'> {
  return {
    partitions,
    replication,
    config: { 'retention.ms': String(retentionMs), 'max.message.bytes': String(maxRecordBytes) },
  }
}

/** The compacted topic of the migration's state. */
export function stateTopicSpec(migration: string, { replication, maxRecordBytes }: KafkaConfig): TopicSpec {
  const config = { 'max.message.bytes': String(maxRecordBytes) }
  return { topic: stateTopic(migration), partitions: 1, replication, compacted: true, config }
}

/** The topic of events that nobody could apply: kept until an operator has decided. */
export function deadLetterTopicSpec(
  migration: string,
  { replication, maxRecordBytes }: KafkaConfig,
): TopicSpec {
  const config = { 'retention.ms': '-1', 'max.message.bytes': String(maxRecordBytes) }
  return { topic: deadLetterTopic(migration), partitions: 1, replication, compacted: false, config }
}
