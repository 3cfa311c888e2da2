import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FreshDatabase } from '../fresh-database.ts'

/** What a migration.yaml says, for tests to change before the next start. */
export interface Settings {
  migration: string
  source: {
    postgres: PostgresSettings
    tables: { include: string[]; exclude: string[] }
    limits?: LimitsSettings
  }
  targets: TargetSettings[]
  kafka: {
    brokers: readonly string[]
    partitions: number
    replication: number
    maxRecordBytes?: number
    sasl?: { mechanism: string; username: string; password: { file: string } }
  }
  registry: { listen: { host: string; port: number } }
  snapshot: { readers?: number; chunkBytes?: number }
  sink: { writers?: number; batchBytes?: number }
}

export interface TargetSettings {
  name: string
  postgres: PostgresSettings
  limits?: LimitsSettings
}

export interface LimitsSettings {
  rowsPerSecond?: number
  bytesPerSecond?: number
}

export interface PostgresSettings {
  host: string
  port: number
  database: string
  user: string
  password: { file: string } | { env: string }
}

/** The passwords' folder, outside of the migration's own files: those are made anew at each start. */
export const passwordFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'switchback-test-'))

/** How to reach a database, with its password in a file of the folder. */
export async function postgresSettings(folder: string, database: FreshDatabase): Promise<PostgresSettings> {
  const { host, port, user, password } = database.server
  const file = join(folder, `${database.name}.password`)
  await writeFile(file, `${password}\n`, { mode: 0o600 })
  return { host, port, user, database: database.name, password: { file } }
}
