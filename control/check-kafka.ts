import { errorReport } from '../core/error-report.ts'
import type { MigrationError } from '../core/errors.ts'
import type { Finding } from '../core/finding.ts'
import type { KafkaOptions } from '../kafka/kafka-options.ts'
import type { TopicSpec } from '../kafka/log.ts'
import { rehearseTopic } from '../kafka/rehearse-topic.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { schemasTopicName } from '../schemas/registry/schemas-topic.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import { checkKafkaRights } from './check-kafka-rights.ts'
import { topicDefaults } from './topic-defaults.ts'

/** Whether Kafka can be reached and would accept the migration's topics with these settings. Creates nothing. */
export async function checkKafka(
  config: MigrationConfig,
  options: KafkaOptions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const spec of topicSpecs(config)) {
    const rehearsal = await rehearseTopic(options, spec, signal)
    switch (rehearsal.outcome) {
      case 'creatable':
        break
      case 'exists':
        if (spec.topic !== schemasTopicName) findings.push(exists(spec.topic))
        break
      case 'refused':
        // Without a connection the next topic would only say the same.
        if (rehearsal.error.code !== 'kafka.failed' && !isForTopic(rehearsal.error)) throw rehearsal.error
        findings.push(refused(spec, rehearsal.error))
    }
  }
  return [...findings, ...(await checkKafkaRights(config, options, signal))]
}

/** Of each kind of topic one. */
function topicSpecs({ migration, kafka, registry }: MigrationConfig): readonly TopicSpec[] {
  const { partitions, replication, config } = topicDefaults(kafka)
  const kept = { partitions: 1, replication, compacted: true, config: {} }
  return [
    { topic: stateTopic(migration), ...kept },
    // Stands for the topics of all tables. It is never created.
    { topic: `${migration}.check`, partitions, replication, compacted: false, config },
    ...(registry.kind === 'embedded' ? [{ topic: schemasTopicName, ...kept }] : []),
  ]
}

const isForTopic = (error: MigrationError): boolean =>
  error.details['kafkaError'] === 'TOPIC_AUTHORIZATION_FAILED'

function exists(topic: string): Finding {
  return {
    severity: 'info',
    code: 'kafka.topic_exists',
    subject: topic,
    message: 'The topic exists: the migration was started before and goes on where it is.',
    remedy: '',
  }
}

function refused({ topic, replication }: TopicSpec, error: MigrationError): Finding {
  if (isForTopic(error))
    return {
      severity: 'error',
      code: error.code,
      subject: topic,
      message: 'The user may not create or describe it.',
      remedy: error.entry.remedy,
    }
  return {
    severity: 'error',
    code: 'kafka.topic_refused',
    subject: topic,
    message: `Kafka would not create it with replication ${replication}: ${errorReport(error).message}`,
    remedy: 'Check kafka.replication against the number of brokers, and the other settings under kafka.',
  }
}
