import { errorReport } from '../core/error-report.ts'
import type { Finding } from '../core/finding.ts'
import type { KafkaOptions } from '../kafka/kafka-options.ts'
import type { TopicSpec } from '../kafka/log.ts'
import { rehearseTopic } from '../kafka/rehearse-topic.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import { topicDefaults } from './topic-defaults.ts'

/** Whether Kafka can be reached and would accept the migration's topics with these settings. Creates nothing. */
export async function checkKafka(
  { migration, kafka }: MigrationConfig,
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { partitions, replication, config } = topicDefaults(kafka)
  const specs: readonly TopicSpec[] = [
    { topic: stateTopic(migration), partitions: 1, replication, compacted: true, config: {} },
    // Stands for the topics of all tables. It is never created.
    { topic: `${migration}.check`, partitions, replication, compacted: false, config },
  ]
  const findings: Finding[] = []
  for (const spec of specs) {
    const rehearsal = await rehearseTopic(options, spec, signal)
    switch (rehearsal.outcome) {
      case 'creatable':
        break
      case 'exists':
        findings.push(exists(spec.topic))
        break
      case 'refused':
        // Without a connection the second topic would only say the same.
        if (rehearsal.error.code !== 'kafka.failed') throw rehearsal.error
        findings.push(refused(spec, rehearsal.error))
    }
  }
  return findings
}

function exists(topic: string): Finding {
  return {
    severity: 'info',
    code: 'kafka.topic_exists',
    subject: topic,
    message: 'The topic exists: the migration was started before and goes on where it is.',
    remedy: '',
  }
}

function refused({ topic, replication }: TopicSpec, error: Error): Finding {
  return {
    severity: 'error',
    code: 'kafka.topic_refused',
    subject: topic,
    message: `Kafka would not create it with replication ${replication}: ${errorReport(error).message}`,
    remedy: 'Check kafka.replication against the number of brokers, and the other settings under kafka.',
  }
}
