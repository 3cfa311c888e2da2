import type { Log } from '../../kafka/log.ts'
import { MigrationError } from '../../core/errors.ts'
import { localRegistry } from './local-registry.ts'
import { SchemasTopic, schemasTopicName } from './schemas-topic.ts'
import type { SchemaRegistry } from './schema-registry.ts'

/** Looks ids up in the registry's topic itself: for a process that only reads and must not depend on the one that serves. */
export function topicRegistry(log: Log, signal: AbortSignal, topic = schemasTopicName): SchemaRegistry {
  const reader = new SchemasTopic(log, topic, signal)
  return localRegistry({
    readSettled: query => reader.settled(query),
    async write() {
      throw new MigrationError('registry.refused', `This process only reads the topic ${topic}`)
    },
  })
}
