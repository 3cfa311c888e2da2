import type { Cleanup } from '../core/cleanup.ts'
import { type KafkaServer, startKafka } from '../stack/kafka/start-kafka.ts'
import type { PostgresVersion } from '../stack/postgres/binaries.ts'
import { type PostgresServer, startPostgres } from '../stack/postgres/start-postgres.ts'
import { cpuSecondsOf, cpuSecondsOfTree } from './process-usage.ts'
import { tlsServers } from './tls-servers.ts'

/** Servers of the bench's own, so that their CPU can be read beside ours. */
export interface BenchServers {
  readonly kafka: KafkaServer
  readonly source: PostgresServer
  readonly target: PostgresServer
  /** PEM of the authority behind all certificates; null: nothing is encrypted. */
  readonly ca: string | null
}

// When a row was committed can be asked afterwards, without anything that watches while it is measured.
const settings = { track_commit_timestamp: 'on' }

export async function startServers(
  versions: { readonly from: PostgresVersion; readonly to: PostgresVersion; readonly tls?: boolean },
  cleanup: Cleanup,
): Promise<BenchServers> {
  const owned = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting
    cleanup.add(() => server.stop())
    return server
  }
  const tls = versions.tls === true ? tlsServers(cleanup) : null
  const both = { ...settings, ...tls?.postgres }
  return {
    kafka: await owned(startKafka({ ...tls?.kafka, isStandard: true })),
    source: await owned(startPostgres({ version: versions.from, settings: both })),
    target: await owned(startPostgres({ version: versions.to, settings: both })),
    ca: tls?.ca ?? null,
  }
}

/** CPU seconds by server, so far. */
export function serverCpu({ kafka, source, target }: BenchServers) {
  return {
    kafka: cpuSecondsOf(kafka.pid),
    source: cpuSecondsOfTree(source.pid),
    target: cpuSecondsOfTree(target.pid),
  }
}
