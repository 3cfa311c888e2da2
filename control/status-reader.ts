import { errorReport } from '../core/error-report.ts'
import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import { firstBatch } from '../kafka/first-batch.ts'
import type { Log, PartitionRange } from '../kafka/log.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import { StateReader, type StoredState } from '../schemas/stored-state.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import { connectionOptions } from './connection-options.ts'
import type { MigrationStatus, TableStatus, TargetStatus, Unreachable } from './migration-status.ts'
import { TargetProgressReader } from './target-progress.ts'
import { type PartitionLag, targetLag } from './target-lag.ts'

interface Target {
  readonly name: string
  readonly reader: TargetProgressReader
}

interface Published {
  readonly state: StoredState
  readonly ranges: readonly PartitionRange[]
}

/** Reads how far a migration is, again and again; keeps its connections in between. */
export class StatusReader {
  readonly #migration: string
  readonly #log: Log
  #state: StateReader
  readonly #targets: readonly Target[]

  constructor({ migration, targets }: MigrationConfig, log: Log) {
    this.#migration = migration
    this.#log = log
    this.#state = new StateReader(log, stateTopic(migration))
    this.#targets = targets.map(({ name, postgres }) => ({
      name,
      reader: new TargetProgressReader(connectionOptions(postgres, migration, 'status'), migration),
    }))
  }

  /**
   * Does not fail when a server cannot be reached: that is part of the answer. `ages` looks into Kafka for the oldest
   * record that is not applied, which costs a fetch for each partition that is behind.
   */
  async read(ages: boolean, signal: AbortSignal): Promise<MigrationStatus> {
    const at = new Date()
    const unreachable: Unreachable[] = []
    const published = await attempt('kafka', unreachable, () => this.#published(signal))
    const targets = await Promise.all(
      this.#targets.map(target =>
        attempt(`target ${target.name}`, unreachable, () =>
          this.#target(target, published, ages ? at : null, signal),
        ),
      ),
    )
    return {
      migration: this.#migration,
      at: at.toISOString(),
      position: published?.state.connector?.position.order ?? null,
      tables: published === null ? [] : tableStatus(published.state),
      targets: targets.filter(target => target !== null),
      unreachable,
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#targets.map(({ reader }) => reader.close()))
  }

  async #published(signal: AbortSignal): Promise<Published> {
    const state = await this.#refreshed(signal)
    const topics = [...state.tables.values()].map(table => table.topic)
    return { state, ranges: await this.#log.ranges(topics) }
  }

  async #refreshed(signal: AbortSignal): Promise<StoredState> {
    try {
      return await this.#state.refresh(signal)
    } catch (error) {
      if (!isOfAnotherLife(error)) throw error
      this.#state = new StateReader(this.#log, stateTopic(this.#migration))
      return this.#state.state
    }
  }

  async #target(
    { name, reader }: Target,
    published: Published | null,
    at: Date | null,
    signal: AbortSignal,
  ): Promise<TargetStatus> {
    const progress = await reader.read()
    const lag = published === null ? null : targetLag(published.ranges, progress.partitions)
    return {
      name,
      appliedEvents: progress.partitions.reduce((sum, { nextOffset }) => sum + Number(nextOffset), 0),
      lagEvents: lag === null ? null : lag.reduce((sum, { behind }) => sum + behind, 0),
      lagSeconds: lag === null || at === null ? null : await this.#age(lag, at, signal),
      parked: progress.parked,
    }
  }

  async #age(lag: readonly PartitionLag[], at: Date, signal: AbortSignal): Promise<number> {
    let oldestMs = at.getTime()
    // One after the other: each may hold a fetch in memory.
    for (const { next } of lag)
      oldestMs = Math.min(oldestMs, (await firstBatch(this.#log, next, signal))?.timestampMs ?? oldestMs)
    return (at.getTime() - oldestMs) / 1000
  }
}

/** The migration was never started, or dropped and perhaps started again: what was read before says nothing any more. */
function isOfAnotherLife(error: unknown): boolean {
  return (
    error instanceof MigrationError &&
    (error.code === 'kafka.topic_missing' || error.code === 'kafka.offset_lost')
  )
}

async function attempt<T>(
  part: string,
  unreachable: Unreachable[],
  read: () => Promise<T>,
): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    const { code, message } = errorReport(error)
    unreachable.push({ part, code, message })
    return null
  }
}

function tableStatus({ tables, snapshots }: StoredState): readonly TableStatus[] {
  return [...tables].map(([id, { schema, topic }]) => {
    const snapshot = snapshots.get(id)
    return {
      table: tableId(schema.table),
      topic,
      snapshot: snapshot?.progress.phase ?? 'waiting',
      rows: snapshot?.rows ?? 0,
      chunks: snapshot?.chunks ?? 0,
      estimatedRows: snapshot?.estimatedRows ?? 0,
    }
  })
}
