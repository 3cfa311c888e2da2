import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePort } from '../stack/free-port.ts'
import type { PostgresConnection } from '../stack/postgres/connection.ts'
import type { Bench } from './bench.ts'
import type { Sides } from './databases.ts'

/** The migration.yaml of one measurement: defaults throughout, as a user has them. */
export async function migrationText({ servers, folder }: Bench, sides: Sides): Promise<string> {
  const side = async (server: PostgresConnection, name: string) => {
    const file = join(folder, `${name}.password`)
    await writeFile(file, server.password, { mode: 0o600 })
    const { host, port, user } = server
    return { host, port, user, database: sides.database, password: { file } }
  }
  return stringify({
    migration: sides.database,
    source: {
      postgres: await side(servers.source, 'source'),
      tables: { include: [`${sides.workload.schema}.*`] },
    },
    targets: [{ name: 'new', postgres: await side(servers.target, 'target') }],
    kafka: { brokers: servers.kafka.brokers, partitions: 4, replication: 1 },
    registry: { listen: { host: '127.0.0.1', port: await freePort() } },
  })
}
