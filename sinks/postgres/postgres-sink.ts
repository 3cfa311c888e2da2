import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import { isRetriable, MigrationError } from '../../core/errors.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { KeptSession } from '../../databases/postgres/kept-session.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TopicPartition } from '../../kafka/log.ts'
import type { TableState } from '../../schemas/state.ts'
import type { OpenKey, ParkedKey, ParkedPlace } from '../parked.ts'
import type { Claim, ParkedEvent, Sink, SinkWriter } from '../sink.ts'
import type { TableVersion } from '../table-version.ts'
import { ensureTables } from './ddl/ensure-tables.ts'
import { followSchema, readyTables } from './follow-schema.ts'
import {
  markParkedPublished,
  readConflictingKeys,
  readParkedKeys,
  readRequestedKeys,
  readUnpublished,
} from './parked-table.ts'
import { PostgresWriter } from './postgres-writer.ts'
import { beginProgress, claimPartitions, ensureBookkeeping, holdsPartitions } from './progress-table.ts'
import { type TablePlan, tablePlan } from './table-plan.ts'
import type { TargetTable } from './target-columns.ts'
import { withoutBlockers } from './without-blockers.ts'
import { WriteMemory } from './write-memory.ts'

export interface PostgresSinkOptions {
  /** Name of the target. */
  readonly name: string
  readonly migration: string
  readonly connection: ConnectionOptions
}

/** Their sessions bear the same name. */
const otherInstances = `
SELECT pid FROM pg_catalog.pg_stat_activity
WHERE application_name = pg_catalog.current_setting('application_name') AND pid <> pg_catalog.pg_backend_pid()
  AND datname = pg_catalog.current_database()`

/** A PostgreSQL target. */
export function postgresSink(options: PostgresSinkOptions): Sink {
  return new PostgresSink(options)
}

/** It connects when it is first used, and again after a connection is lost. */
class PostgresSink implements Sink {
  readonly name: string
  readonly #options: PostgresSinkOptions
  readonly #plans = new WeakMap<TableVersion, TablePlan>()
  readonly #memory = new WriteMemory()
  /** Calls share it, one after the other: some of them are transactions. */
  readonly #session: KeptSession<Client>

  constructor(options: PostgresSinkOptions) {
    this.name = options.name
    this.#options = options
    this.#session = new KeptSession(options.connection, async client => client)
  }

  async ensureTables(tables: readonly TableState[]): Promise<void> {
    await this.#with(async client => {
      const { migration } = this.#options
      // It refuses before anything is made.
      await ensureTables(client, migration, tables)
      await ensureBookkeeping(client)
      await beginProgress(client, migration, tables)
    })
  }

  async isAlone(): Promise<boolean> {
    const rows = await this.#with(client => query(client, 'look for other instances', otherInstances))
    return rows.length === 0
  }

  async claim(partitions: readonly TopicPartition[]): Promise<Claim> {
    const owner = randomUUID()
    const { migration, connection } = this.#options
    const progress = await this.#with(client =>
      withoutBlockers(connection, client, () => claimPartitions(client, migration, owner, partitions)),
    )
    return { owner, progress }
  }

  async holds({ owner, progress }: Claim): Promise<boolean> {
    const { migration } = this.#options
    return this.#with(client => holdsPartitions(client, { migration, owner }, progress))
  }

  async prepare(version: TableVersion): Promise<void> {
    const target = await this.#with(client => followSchema(client, this.#options.migration, version))
    this.#plans.set(version, tablePlan(version, target))
  }

  async prepareAhead(versions: readonly TableVersion[]): Promise<readonly TableVersion[]> {
    const tables = await this.#with(client => readyTables(client, this.#options.migration, versions))
    return [...tables].flatMap(([version, target]) => {
      const plan = planUnlessRefused(version, target)
      if (plan === null) return []
      this.#plans.set(version, plan)
      return [version]
    })
  }

  async parkedKeys(partitions: readonly TopicPartition[]): Promise<readonly OpenKey[]> {
    return this.#with(client => readParkedKeys(client, this.#options.migration, partitions))
  }

  async requestedKeys(partitions: readonly TopicPartition[]): Promise<readonly ParkedKey[]> {
    return this.#with(client => readRequestedKeys(client, this.#options.migration, partitions))
  }

  async conflictingKeys(partitions: readonly TopicPartition[]): Promise<readonly ParkedKey[]> {
    return this.#with(client => readConflictingKeys(client, this.#options.migration, partitions))
  }

  async unpublishedParked(partitions: readonly TopicPartition[]): Promise<readonly ParkedEvent[]> {
    return this.#with(client => readUnpublished(client, this.#options.migration, partitions))
  }

  async markPublished(places: readonly ParkedPlace[]): Promise<void> {
    await this.#with(client => markParkedPublished(client, this.#options.migration, places))
  }

  openWriter(owner: string): SinkWriter {
    const { connection, migration } = this.#options
    return new PostgresWriter({
      connection,
      ours: { migration, owner },
      planOf: version => this.#planOf(version),
      memory: this.#memory,
    })
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  #planOf(version: TableVersion): TablePlan {
    const plan = this.#plans.get(version)
    if (plan === undefined) throw new MigrationError('sink.table_unknown', `${version.id} was not prepared`)
    return plan
  }

  #with<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return this.#session.use(work)
  }
}

/** Null: why not is said when its events come. */
function planUnlessRefused(version: TableVersion, target: TargetTable): TablePlan | null {
  try {
    return tablePlan(version, target)
  } catch (error) {
    if (error instanceof MigrationError && !isRetriable(error)) return null
    throw error
  }
}
