import type { TopicSpec } from '../kafka/log.ts'
import type { KafkaConfig } from '../schemas/config/kafka-section.ts'

/** The limit of a topic is for a whole record batch: the largest record together with those that share its batch. */
const batchSlackBytes = 2 << 20

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
    config: {
      'retention.ms': String(retentionMs),
      'max.message.bytes': String(maxRecordBytes + batchSlackBytes),
    },
  }
}
