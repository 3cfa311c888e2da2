import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { parseConfig } from '../schemas/config/parse-config.ts'
import type { PostgresConnection } from '../stack/postgres/connection.ts'
import type { Stack } from '../stack/start-stack.ts'

export interface MigrationFile {
  readonly path: string
  /** The passwords that the file refers to. */
  readonly env: Readonly<Record<string, string>>
}

export interface DemoPorts {
  readonly registry: number
  readonly http: number
}

/** The name of the shop's database, on both sides. */
export const database = 'shop'

/** Writes the migration.yaml of the demo. */
export async function writeMigrationFile(
  path: string,
  stack: Stack,
  ports: DemoPorts,
): Promise<MigrationFile> {
  const config = {
    migration: 'demo',
    source: {
      postgres: postgres(stack.source, 'SOURCE_PASSWORD'),
      tables: { include: ['shop.*'] },
    },
    targets: [{ name: 'new', postgres: postgres(stack.target, 'TARGET_PASSWORD') }],
    kafka: { brokers: stack.kafka.brokers, partitions: 4, replication: 1 },
    registry: { listen: { host: '127.0.0.1', port: ports.registry } },
    http: { host: '127.0.0.1', run: ports.http },
  }
  await writeFile(path, stringify(config))
  return { path, env: { SOURCE_PASSWORD: stack.source.password, TARGET_PASSWORD: stack.target.password } }
}

function postgres(server: PostgresConnection, variable: string) {
  const { host, port, user } = server
  return { host, port, user, database, password: { env: variable } }
}

/** The file as Switchback reads it. */
export function readMigrationFile({ path, env }: MigrationFile): MigrationConfig {
  return parseConfig(readFileSync(path, 'utf8'), env, secret => readFileSync(secret, 'utf8'))
}
