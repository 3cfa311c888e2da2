import type { Client } from 'pg'
import { onTestFinished } from 'vitest'
import { RateLimit, unlimited } from '../../core/rate-limit.ts'
import { silent } from '../../core/telemetry.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'

import { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { type MemoryLog, openMemoryLog } from '../../kafka/memory-log.ts'
import { postgresSink } from '../../sinks/postgres/postgres-sink.ts'
import { type SinkServiceOptions, sinkService } from '../../sinks/sink-service.ts'
import type { PostgresConnection } from '../../stack/postgres/connection.ts'
import { freshDatabase } from './fresh-database.ts'
import { openClient } from './open-client.ts'
import { optionsOf } from './postgres-options.ts'
import { SourceTopics } from './source-topics.ts'

export interface RunningSink {
  /** Stops it, and gives what it failed with, if it did. */
  stop(): Promise<unknown>
  /** Settles when it ends. */
  readonly ended: Promise<unknown>
}

export interface SinkBench {
  readonly cluster: MemoryCluster
  readonly log: MemoryLog
  readonly topics: SourceTopics
  readonly connection: ConnectionOptions
  readonly client: Client
  /** `by`: another way to the same database. */
  readonly start: (more?: Partial<SinkServiceOptions>, by?: ConnectionOptions) => RunningSink
  /** The rows that a query gives, each as an array. */
  readonly rows: (sql: string) => Promise<unknown[][]>
}

/** A target database, a log in memory, and sinks between them. */
export async function sinkBench(server: PostgresConnection): Promise<SinkBench> {
  const connection = optionsOf(await freshDatabase(server))
  const client = await openClient(connection)
  const cluster = new MemoryCluster()
  const log = openMemoryLog(cluster)
  const topics = new SourceTopics(log, 'm')
  return {
    cluster,
    log,
    topics,
    connection,
    client,
    start: (more, by) => start({ cluster, topics, connection: by ?? connection }, more ?? {}),
    rows: async sql => (await client.query({ text: sql, rowMode: 'array' })).rows,
  }
}

function start(
  { cluster, topics, connection }: Pick<SinkBench, 'cluster' | 'topics' | 'connection'>,
  more: Partial<SinkServiceOptions>,
): RunningSink {
  const log = openMemoryLog(cluster)
  const sink = postgresSink({ name: 'new', migration: 'm', connection })
  const stop = new AbortController()
  const service = sinkService({
    migration: 'm',
    sink,
    log,
    decoder: topics.decoder,
    telemetry: silent,
    writers: 2,
    limits: { bytes: 1 << 20, events: 10_000 },
    limit: new RateLimit(unlimited),
    nowMs: Date.now,
    ...more,
  })
  const ended = service.run(stop.signal).then(
    () => null,
    (error: unknown) => error,
  )
  const running = {
    ended,
    stop: async () => {
      stop.abort()
      const failure = await ended
      await sink.close()
      await log.close()
      return failure
    },
  }
  onTestFinished(async () => void (await running.stop()))
  return running
}
