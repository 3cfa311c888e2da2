import type { MigrationError } from '../core/errors.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { Brokers } from './kafkajs/brokers.ts'
import type { TopicSpec } from './log.ts'
import { patiently } from './patience.ts'
import { topicRequest } from './topic-request.ts'

/** What would become of a topic if it were created now. */
export type TopicRehearsal =
  | { readonly outcome: 'creatable' | 'exists' }
  | { readonly outcome: 'refused'; readonly error: MigrationError }

/** Asks the cluster whether it would create this topic: rights, replication and settings. Changes nothing. */
export async function rehearseTopic(
  options: KafkaOptions,
  spec: TopicSpec,
  signal: AbortSignal,
): Promise<TopicRehearsal> {
  const brokers = new Brokers(options)
  try {
    const controller = await patiently('Connecting to Kafka', () => brokers.controller(), signal)
    await controller.createTopics({ topics: [topicRequest(spec)], validateOnly: true, timeout: 10_000 })
    return { outcome: 'creatable' }
  } catch (error) {
    if (kafkaErrorType(error) === 'TOPIC_ALREADY_EXISTS') return { outcome: 'exists' }
    return { outcome: 'refused', error: kafkaError(error, `Creating ${spec.topic}`) }
  } finally {
    brokers.close()
  }
}
