import type { TopicSpec } from './log.ts'

/** A topic as the broker is asked for it. */
export function topicRequest(spec: TopicSpec): object {
  const config = {
    // Retention must not go by the clock of whoever writes, nor may Kafka refuse what comes from a wrong one.
    'message.timestamp.type': 'LogAppendTime',
    ...spec.config,
    'cleanup.policy': cleanupPolicy(spec),
  }
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor: spec.replication,
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
  }
}

export function cleanupPolicy(spec: TopicSpec): string {
  return spec.compacted ? 'compact' : 'delete'
}
