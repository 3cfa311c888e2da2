import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { RateLimit, unlimited } from '../../core/rate-limit.ts'
import { ConnectorService } from '../../connectors/connector-service.ts'
import { postgresConnector } from '../../connectors/postgres/postgres-connector.ts'
import type { SourceConnector } from '../../connectors/source.ts'
import { MigrationError } from '../../core/errors.ts'
import { silent } from '../../core/telemetry.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import type { Log } from '../../kafka/log.ts'
import type { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { localRegistry } from '../../schemas/registry/local-registry.ts'
import { StateReader, type StoredState } from '../../schemas/stored-state.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { registryCoreOn } from './registry-on.ts'

/** Of this test file alone: a replication slot is named after it, and other files use the same server. */
export const migration = `connected_${randomBytes(4).toString('hex')}`

/** A connector that runs in this process, and stops at the end of the test. */
export interface RunningConnector {
  /** Resolves with the error that ended it; null when it was stopped. */
  readonly ended: Promise<unknown>
  /** Its errors that led to another try. */
  readonly retries: unknown[]
  stop(): Promise<void>
}

export interface ConnectorTestOptions {
  readonly exclude?: readonly string[]
  readonly chunkBytes?: number
  /** Stands around the source. */
  readonly around?: (source: SourceConnector) => SourceConnector
  /** Stands around the log that it publishes to. */
  readonly aroundLog?: (log: Log) => Log
}

/** Runs the real connector on a database; everything of `public` unless patterns say otherwise. */
export function startConnector(
  cluster: MemoryCluster,
  connection: ConnectionOptions,
  options: ConnectorTestOptions = {},
): RunningConnector {
  const stop = new AbortController()
  const retries: unknown[] = []
  const around = options.around ?? (source => source)
  const aroundLog = options.aroundLog ?? (log => log)
  const warn = (fields: object) => void ('err' in fields && retries.push(fields.err))
  const run = async () => {
    const core = await registryCoreOn(openMemoryLog(cluster))
    const service = new ConnectorService({
      migration,
      database: connection.database,
      source: around(
        postgresConnector({
          connection: { ...connection, applicationName: `switchback ${migration} connector` },
          migration,
          tables: { include: ['public.*'], exclude: [...(options.exclude ?? [])] },
        }),
      ),
      log: aroundLog(openMemoryLog(cluster)),
      registry: localRegistry(core),
      topics: { partitions: 2, replication: 1, config: { 'max.message.bytes': String(10 << 20) } },
      maxRecordBytes: 8 << 20,
      readers: 2,
      chunkBytes: options.chunkBytes ?? 1 << 20,
      limit: new RateLimit(unlimited),
      now: Date.now,
      telemetry: { ...silent, log: { ...silent.log, warn } },
    })
    await service.run(stop.signal)
  }
  const ended = run().then(
    () => null,
    (error: unknown) => (stop.signal.aborted ? null : error),
  )
  const end = async () => {
    stop.abort()
    await ended
  }
  onTestFinished(end)
  return { ended, retries, stop: end }
}

/** Without those that wait for the server to end the session of a former try. */
export function ownRetries({ retries }: RunningConnector): unknown[] {
  return retries.filter(error => !(error instanceof MigrationError && error.code === 'source.slot_in_use'))
}

/** Waits until the state topic says what is wanted. */
export async function untilState(log: Log, wanted: (state: StoredState) => boolean): Promise<StoredState> {
  const reader = new StateReader(log, stateTopic(migration))
  const { signal } = new AbortController()
  for (;;) {
    const state = await reader.refresh(signal).catch(() => null)
    if (state !== null && wanted(state)) return state
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** Every table is copied. */
export const allCopied = (count: number) => (state: StoredState) =>
  state.snapshots.size === count &&
  [...state.snapshots.values()].every(({ progress }) => progress.phase === 'copied')
