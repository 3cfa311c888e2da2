import type { TopicDefaults } from '../connectors/adopt-table.ts'
import type { KafkaConfig } from '../schemas/config/kafka-section.ts'

/** The limit of a topic is for a whole record batch: the largest record together with those that share its batch. */
const batchSlackBytes = 2 << 20

/** Partitions of a table's topic where the configuration names no number. */
const usualPartitions = 4
/** Read by one reader, as one range: one writer is enough as well. */
const smallTableRows = 50_000

/** The settings of the topics that carry a table's changes. */
export function topicDefaults({
  partitions,
  replication,
  retentionMs,
  maxRecordBytes,
}: KafkaConfig): TopicDefaults {
  return {
    partitions: partitions ?? usualPartitions,
    ...(partitions === null && { smallTableRows }),
    replication,
    config: {
      'retention.ms': String(retentionMs),
      'max.message.bytes': String(maxRecordBytes + batchSlackBytes),
    },
  }
}
