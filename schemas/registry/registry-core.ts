import type { Log } from '../../kafka/log.ts'
import type { RegistryState } from './registry-state.ts'
import { SchemasTopic, schemasTopicName } from './schemas-topic.ts'
import { type Decide, SchemasTopicWriter } from './schemas-topic-writer.ts'

/** The registry itself. What it can do are functions of its state: queries and decisions. Refusals are `RegistryRefusal`s. */
export interface RegistryCore {
  /** Asks the newest state. */
  read<T>(query: (state: RegistryState) => T): Promise<T>
  /** Asks for something that never changes once it is there: the newest state is fetched only when it is not. */
  readSettled<T>(query: (state: RegistryState) => T | null): Promise<T | null>
  /** Decides on the newest state and resolves when the decision is durable; no other registry writes in between. */
  write<T>(decide: Decide<T>): Promise<T>
  close(): Promise<void>
}

export interface RegistryCoreOptions {
  /** `_schemas` by default. */
  readonly topic?: string
  /** Copies of the topic's partition that Kafka keeps. */
  readonly replication: number
}

/** Opens the registry on its topic, which is created if it is missing. The signal ends all waiting; `close` afterwards. */
export async function openRegistryCore(
  log: Log,
  options: RegistryCoreOptions,
  signal: AbortSignal,
): Promise<RegistryCore> {
  const topic = options.topic ?? schemasTopicName
  await log.ensureTopics([
    {
      topic,
      partitions: 1,
      replication: options.replication,
      compacted: true,
      config: { 'max.message.bytes': String(16 << 20) },
    },
  ])
  const reader = new SchemasTopic(log, topic, signal)
  const writer = new SchemasTopicWriter(log, topic, reader, signal)
  await reader.catchUp()
  return {
    async read(query) {
      await reader.catchUp()
      return query(reader.state)
    },
    readSettled: query => reader.settled(query),
    write: decide => writer.write(decide),
    close: () => writer.close(),
  }
}
