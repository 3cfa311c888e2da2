import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TableBatch } from '../table-batch.ts'
import { runScript, type Statement } from './script.ts'
import type { TablePlan } from './table-plan.ts'

/**
 * A staging table has no statistics and few rows: without these the planner may scan the target's table for it. Compiling a
 * statement costs more than running it.
 */
const settings = `SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off`

/** Each use of a staging table looks at all of its pages, and rows that are gone keep theirs. */
const mostStagedBytes = 1 << 20

/** What is going to be staged. */
export interface StagedTable {
  readonly plan: TablePlan
  readonly table: TableBatch
}

/** A connection for writing, with the staging tables that it has made. */
export class WriterSession {
  readonly client: Client
  /** Bytes that were staged since the staging table was last empty, or more. */
  readonly #staged = new WeakMap<TablePlan, number>()

  private constructor(client: Client) {
    this.client = client
  }

  /** Makes a session ready for writing. Throws `target.replica_role_denied` when triggers and foreign keys cannot be kept quiet. */
  static async prepare(client: Client): Promise<WriterSession> {
    await keepQuiet(client)
    await query(client, 'prepare the session', settings)
    return new WriterSession(client)
  }

  /**
   * Makes the staging tables that are missing. Not inside a transaction: a rollback would take them away. They are not emptied by each
   * commit, which would cost the more the more tables there are: gives those that have taken much, to be emptied in the transaction.
   */
  async stage(tables: readonly StagedTable[]): Promise<ReadonlySet<TablePlan>> {
    const full = new Set<TablePlan>()
    for (const { plan, table } of tables) {
      const staged = this.#staged.get(plan)
      if (staged === undefined) await query(this.client, 'make a staging table', plan.sql.createStage)
      else if (staged > mostStagedBytes) full.add(plan)
      this.#staged.set(plan, (staged ?? 0) + stagedBytes(table))
    }
    return full
  }

  /** To be called after the commit of a transaction that emptied staging tables: a rollback gives their rows back, and the space with them. */
  noteEmptied(emptied: ReadonlySet<TablePlan>, tables: readonly StagedTable[]): void {
    for (const plan of emptied) this.#staged.set(plan, 0)
    for (const { plan, table } of tables)
      if (emptied.has(plan)) this.#staged.set(plan, (this.#staged.get(plan) ?? 0) + stagedBytes(table))
  }

  async run(statements: readonly Statement[]): Promise<void> {
    await runScript(this.client, 'write to the target', statements)
  }

  async execute(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    await query(this.client, 'write to the target', sql, parameters)
  }

  /** Ends a savepoint as if nothing had happened since. Savepoints that are only rolled back pile up, and make each look at a row slower. */
  async undo(savepoint: string): Promise<void> {
    await this.run([{ sql: `ROLLBACK TO SAVEPOINT ${savepoint}` }, { sql: `RELEASE SAVEPOINT ${savepoint}` }])
  }
}

function stagedBytes(table: TableBatch): number {
  return table.sources.reduce((sum, source) => sum + source.end - source.start, 0)
}

async function keepQuiet(client: Client): Promise<void> {
  try {
    await query(client, 'keep triggers and foreign keys quiet', `SET session_replication_role = replica`)
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'postgres.denied') throw error
    throw new MigrationError('target.replica_role_denied', error.message, { cause: error })
  }
}
