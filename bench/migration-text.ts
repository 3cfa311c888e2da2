import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../stack/free-port.ts'
import type { PostgresConnection } from '../stack/postgres/connection.ts'
import type { Bench } from './bench.ts'
import { tlsListenerName } from './tls-servers.ts'

/** What a migration.yaml of the bench says of its own. */
export interface MigrationPlan {
  readonly migration: string
  /** The schema whose tables are moved. */
  readonly schema: string
  /** Names of the databases. */
  readonly source: string
  readonly target: string
  readonly compression?: 'none' | 'lz4'
  /** Ports for the metrics of the processes; none by default. */
  readonly http?: { readonly connector: number; readonly sink: number }
}

/** Defaults throughout, as a user has them; over TLS where the servers offer it. */
export async function migrationText(
  { servers, folder }: Pick<Bench, 'servers' | 'folder'>,
  plan: MigrationPlan,
): Promise<string> {
  const ca = servers.ca === null ? null : join(folder, 'ca.pem')
  if (ca !== null && servers.ca !== null) await writeFile(ca, servers.ca)
  const encrypted = servers.kafka.listeners[tlsListenerName]
  const side = async (server: PostgresConnection, name: 'source' | 'target') => {
    const file = join(folder, `${name}.password`)
    await writeFile(file, server.password, { mode: 0o600 })
    const { host, port, user } = server
    return {
      host,
      port,
      user,
      database: plan[name],
      password: { file },
      ...(ca && { ssl: { mode: 'verify-full', ca } }),
    }
  }
  return stringify({
    migration: plan.migration,
    source: {
      postgres: await side(servers.source, 'source'),
      tables: { include: [`${plan.schema}.*`] },
    },
    targets: [{ name: 'new', postgres: await side(servers.target, 'target') }],
    kafka: {
      brokers: encrypted === undefined ? servers.kafka.brokers : [encrypted],
      ...(ca && { tls: { ca } }),
      replication: 1,
      compression: plan.compression ?? 'none',
    },
    registry: { listen: { host: '127.0.0.1', port: await freePort() } },
    http: plan.http ?? {},
  })
}
