import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { KeptSession } from '../../databases/postgres/kept-session.ts'
import { type ErrorCode, MigrationError } from '../../core/errors.ts'
import type { ParkedKey } from '../parked.ts'
import type { RawEvent } from '../raw-event.ts'
import type { ApplyOutcome, OnConflict, ParkedRelease, SinkWriter, TruncateArrival } from '../sink.ts'
import type { SinkBatch } from '../sink-batch.ts'
import type { TableBatch } from '../table-batch.ts'
import type { TableVersion } from '../table-version.ts'
import { type PlannedBatch, writeAndPark, writeBatch } from './batch-transaction.ts'
import { readParkedEvents } from './parked-table.ts'
import { type Ownership, requireApplied } from './progress-table.ts'
import { isRefusal, isUniqueViolation } from './refusal.ts'
import { dropRequested, releaseKeys } from './release-parked.ts'
import type { TablePlan } from './table-plan.ts'
import { arriveAtTruncate } from './truncate-table.ts'
import type { WriteMemory } from './write-memory.ts'
import { WriterSession } from './writer-session.ts'

export interface WriterParts {
  readonly connection: ConnectionOptions
  readonly ours: Ownership
  readonly planOf: (version: TableVersion) => TablePlan
  readonly memory: WriteMemory
}

/** Writes to PostgreSQL on a connection of its own, which it opens when it is needed. */
export class PostgresWriter implements SinkWriter {
  readonly #parts: WriterParts
  readonly #session: KeptSession<WriterSession>

  constructor(parts: WriterParts) {
    this.#parts = parts
    this.#session = new KeptSession(parts.connection, client => WriterSession.prepare(client))
  }

  async apply(batch: SinkBatch, onConflict: OnConflict): Promise<ApplyOutcome> {
    const planOf = (table: TableBatch) => this.#parts.planOf(table.version)
    const planned = { batch, ours: this.#parts.ours, planOf }
    return this.#with(async session => {
      try {
        return await this.#write(session, planned, onConflict)
      } catch (error) {
        if (!isTakenOver(error)) throw error
        await session.execute('ROLLBACK')
        // Whether events were parked with it is not known any more.
        await requireApplied(session.client, this.#parts.ours, batch.advances)
        return 'parked'
      }
    })
  }

  async truncate(arrival: TruncateArrival): Promise<'waiting' | 'passed'> {
    const plan = this.#parts.planOf(arrival.table)
    return this.#with(({ client }) => arriveAtTruncate(client, this.#parts.ours, arrival, plan))
  }

  async parkedEvents(keys: readonly ParkedKey[]): Promise<readonly RawEvent[]> {
    return this.#with(({ client }) => readParkedEvents(client, this.#parts.ours.migration, keys))
  }

  async releaseParked({ keys, events, tables }: ParkedRelease): Promise<readonly ParkedKey[] | 'changed'> {
    const writes = tables.map(table => ({ table, plan: this.#parts.planOf(table.version) }))
    return this.#with(session => releaseKeys(session, this.#parts.ours, { keys, events, writes }))
  }

  async dropRequested(key: ParkedKey): Promise<void> {
    await this.#with(session => dropRequested(session, this.#parts.ours, key))
  }

  async close(): Promise<void> {
    await this.#session.close()
  }

  /** The quickest way first; each next one costs more and copes with more. */
  async #write(session: WriterSession, planned: PlannedBatch, onConflict: OnConflict): Promise<ApplyOutcome> {
    const { memory } = this.#parts
    const modes = new Map(planned.batch.tables.map(table => [table, memory.mode(table)]))
    const copied = planned.batch.tables.filter(table => table.version.keyed && modes.get(table) === 'copy')
    const first = await refusalOf(session, () =>
      writeBatch(session, planned, table => modes.get(table) ?? 'merge'),
    )
    if (first === null) {
      for (const table of copied) memory.copied(table)
      return 'applied'
    }
    if (isUniqueViolation(first) && copied.length > 0) {
      for (const table of copied) memory.collided(table)
      if ((await refusalOf(session, () => writeBatch(session, planned, () => 'merge'))) === null)
        return 'applied'
    }
    const last = await refusalOf(session, () => writeBatch(session, planned, () => 'replace'))
    if (last === null) return 'applied'
    if (isUniqueViolation(last) && onConflict === 'wait') return 'conflict'
    return writeAndPark(session, planned, onConflict)
  }

  async #with<T>(work: (session: WriterSession) => Promise<T>): Promise<T> {
    try {
      return await this.#session.use(work)
    } catch (error) {
      throw ofChangedTable(error)
    }
  }
}

/** undefined_table, undefined_column, datatype_mismatch */
const changes: ReadonlyMap<unknown, ErrorCode> = new Map([
  ['42P01', 'schema.target_table_missing'],
  ['42703', 'schema.target_column_missing'],
  ['42804', 'schema.target_type_differs'],
])

/** Somebody has changed the table since it was looked at. Other errors stay what they are. */
function ofChangedTable(error: unknown): unknown {
  if (!(error instanceof MigrationError) || error.code === 'postgres.row_refused') return error
  const code = changes.get(error.details['sqlState'])
  return code === undefined ? error : new MigrationError(code, error.message, { cause: error })
}

/** Runs a transaction; gives the refusal that made it fail, after a rollback. */
async function refusalOf(session: WriterSession, work: () => Promise<void>): Promise<MigrationError | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (!isRefusal(error)) throw error
    await session.execute('ROLLBACK')
    return error
  }
}

function isTakenOver(error: unknown): boolean {
  return error instanceof MigrationError && error.code === 'sink.taken_over'
}
