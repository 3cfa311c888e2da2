import { inject } from 'vitest'
import type { KafkaConnection } from '../../stack/kafka/start-kafka.ts'
import type { PostgresConnection } from '../../stack/postgres/connection.ts'

/** The servers that all tests of a run share: the source is PostgreSQL 15 and the target 18 unless the environment names others. */
export interface SharedServers {
  readonly kafka: KafkaConnection
  readonly source: PostgresConnection
  readonly target: PostgresConnection
}

declare module 'vitest' {
  interface ProvidedContext {
    servers: SharedServers
  }
}

export function servers(): SharedServers {
  return inject('servers')
}
