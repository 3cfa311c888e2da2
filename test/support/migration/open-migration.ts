import { onTestFailed, onTestFinished } from 'vitest'
import type { KafkaConnection } from '../../../stack/kafka/start-kafka.ts'
import type { PostgresConnection } from '../../../stack/postgres/connection.ts'
import { servers } from '../servers.ts'
import { Migration, uniqueName } from './migration.ts'
import { passwordFolder, postgresSettings, type Settings } from './settings.ts'
import { openSide } from './side.ts'

export interface MigrationOptions {
  /** PostgreSQL 15 by default. */
  readonly from?: PostgresConnection
  /** PostgreSQL 18 by default; named `new`, `second`. */
  readonly to?: readonly PostgresConnection[]
  /** The broker that all tests share by default. */
  readonly kafka?: KafkaConnection
  /** All of `public` by default. */
  readonly include?: readonly string[]
  /** Statements that fill the source. */
  readonly tables?: string
}

const targetNames = ['new', 'second']
const shownLogChars = 30_000

/**
 * Fresh databases and a migration between them, which is not started. All of it is gone at the end of the test; a test that
 * fails shows the logs of its processes.
 */
export async function openMigration(options: MigrationOptions = {}): Promise<Migration> {
  const { source: from, target } = servers()
  const kafka = options.kafka ?? servers().kafka
  const to = options.to ?? [target]
  const source = await openSide(options.from ?? from)
  const targets = await Promise.all(to.map(openSide))
  const folder = await passwordFolder()
  const settings: Settings = {
    migration: uniqueName(),
    source: {
      postgres: await postgresSettings(folder, source.database),
      tables: { include: [...(options.include ?? ['public.*'])], exclude: [] },
    },
    targets: [],
    kafka: { brokers: kafka.brokers, partitions: 3, replication: 1 },
    registry: { listen: { host: '127.0.0.1', port: 0 } },
    snapshot: { readers: 2 },
    sink: {},
  }
  for (const [index, { database }] of targets.entries()) {
    const name = targetNames[index] ?? `target${index}`
    settings.targets.push({ name, postgres: await postgresSettings(folder, database) })
  }
  const migration = new Migration({ source, targets, settings, folder })
  closeAtEnd(migration)
  if (options.tables !== undefined) await migration.sql(options.tables)
  return migration
}

function closeAtEnd(migration: Migration): void {
  let logs = ''
  onTestFinished(async () => {
    logs = migration.logs()
    await migration.close()
  })
  onTestFailed(() => void process.stderr.write(`${logs.slice(-shownLogChars)}\n`))
}
