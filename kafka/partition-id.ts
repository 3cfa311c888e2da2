import type { TopicPartition } from './log.ts'

/** Finds a partition among others; a topic's name has no slash. */
export function partitionId({ topic, partition }: TopicPartition): string {
  return `${partition}/${topic}`
}
