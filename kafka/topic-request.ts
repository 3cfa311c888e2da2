import type { TopicSpec } from './log.ts'

/** A topic as the broker is asked for it. */
export function topicRequest(spec: TopicSpec): object {
  const config = { ...spec.config, 'cleanup.policy': cleanupPolicy(spec) }
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
