import { externalKafka, externalPostgres } from './external-servers.ts'
import { type KafkaConnection, type KafkaOptions, startKafka } from './kafka/start-kafka.ts'
import type { PostgresConnection } from './postgres/connection.ts'
import { type PostgresOptions, startPostgres } from './postgres/start-postgres.ts'

export interface StackOptions {
  readonly kafka?: KafkaOptions
  /** PostgreSQL 15 by default. */
  readonly source?: PostgresOptions
  /** PostgreSQL 18 by default. */
  readonly target?: PostgresOptions
}

/** What a migration needs. Servers given by the environment are used instead of our own, and left as they are. */
export interface Stack {
  readonly kafka: KafkaConnection
  readonly source: PostgresConnection
  readonly target: PostgresConnection
  /** Stops the servers that were started here, the last one first. */
  stop(): Promise<void>
}

/** Starts a broker, a source and a target at the same time. If one fails, none is left. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const cleanups: (() => Promise<void>)[] = []
  const stop = async () => {
    for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) await cleanup()
  }
  const owned = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting
    cleanups.push(() => server.stop())
    return server
  }
  const starting = [
    Promise.resolve(externalKafka() ?? owned(startKafka(options.kafka))),
    externalPostgres('SOURCE').then(
      given => given ?? owned(startPostgres(options.source ?? { version: 15 })),
    ),
    externalPostgres('TARGET').then(
      given => given ?? owned(startPostgres(options.target ?? { version: 18 })),
    ),
  ] as const
  try {
    const [kafka, source, target] = await Promise.all(starting)
    return { kafka, source, target, stop }
  } catch (cause) {
    await Promise.allSettled(starting)
    await stop()
    throw cause
  }
}
