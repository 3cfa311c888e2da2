import { readFileSync } from 'node:fs'
import { kafkaOptions } from '../control/kafka-options.ts'
import { StatusReader } from '../control/status-reader.ts'
import { copied, drained } from '../control/until-status.ts'
import { silent } from '../core/telemetry.ts'
import { sleep } from '../core/time.ts'
import { openKafkaLog } from '../kafka/kafkajs-log.ts'
import type { Log } from '../kafka/log.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { parseConfig } from '../schemas/config/parse-config.ts'
import type { Bench } from './bench.ts'
import type { Sides } from './databases.ts'
import { migrationText } from './migration-text.ts'
import { dropMigration, Role, type RoleName, type Usage } from './role.ts'

/** How exactly the end of the snapshot in Kafka is known. */
const publishedPauseMs = 25

/** The migration of one measurement, its connector and its sink as processes of their own. */
export class BenchMigration {
  readonly #bench: Bench
  readonly #sides: Sides
  readonly #text: string
  readonly #config: MigrationConfig
  readonly #log: Log
  readonly #status: StatusReader
  readonly #roles = new Map<RoleName, Role>()

  constructor(bench: Bench, sides: Sides, text: string) {
    this.#bench = bench
    this.#sides = sides
    this.#text = text
    this.#config = parseConfig(text, {}, path => readFileSync(path, 'utf8'))
    this.#log = openKafkaLog(kafkaOptions(this.#config, 'bench', silent))
    this.#status = new StatusReader(this.#config, this.#log)
  }

  /** Gives the moment of the start, ms since 1970. */
  start(...names: readonly RoleName[]): number {
    const roles = names.map(name => {
      const role = new Role(name, this.#text, this.#bench.profile)
      this.#roles.set(name, role)
      return role
    })
    return Math.min(...roles.map(role => role.startedMs))
  }

  async stop(): Promise<void> {
    const roles = [...this.#roles.values()]
    this.#roles.clear()
    await Promise.all(roles.map(role => role.stop()))
  }

  /** What the roles that run have used so far. */
  usage(): ReadonlyMap<RoleName, Usage> {
    return new Map([...this.#roles].map(([name, role]) => [name, role.usage()]))
  }

  /** Everything is copied and applied. */
  async copied(): Promise<void> {
    await this.#whileRunning(signal => copied(this.#status, 0, signal))
  }

  /** The target has everything that is committed at the source now. */
  async drained(): Promise<void> {
    await this.#whileRunning(signal => drained(this.#sides.source, this.#status, signal))
  }

  /** Everything is copied into Kafka. */
  async published(): Promise<void> {
    const status = new StatusReader({ ...this.#config, targets: [] }, this.#log)
    await this.#whileRunning(async signal => {
      for (;;) {
        const { tables } = await status.read(false, signal)
        if (tables.length > 0 && tables.every(table => table.snapshot === 'copied')) return
        signal.throwIfAborted()
        await sleep(publishedPauseMs, signal)
      }
    })
  }

  /** Stops what runs and removes what the migration has made. */
  async close(): Promise<void> {
    await this.stop()
    await this.#status.close()
    await this.#log.close()
    await dropMigration(this.#text)
  }

  async #whileRunning<T>(wait: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController()
    const ends = [...this.#roles.values()].map(role => role.unexpectedEnd())
    try {
      return await Promise.race([wait(AbortSignal.any([stop.signal, this.#bench.signal])), ...ends])
    } finally {
      stop.abort()
    }
  }
}

/** A migration while `work` runs; nothing of it is left. */
export async function withMigration<T>(
  bench: Bench,
  sides: Sides,
  work: (migration: BenchMigration) => Promise<T>,
): Promise<T> {
  const { database, workload } = sides
  const plan = {
    migration: database,
    schema: workload.schema,
    source: database,
    target: database,
    compression: bench.compression,
  }
  const migration = new BenchMigration(bench, sides, await migrationText(bench, plan))
  try {
    return await work(migration)
  } finally {
    await migration.close()
  }
}
