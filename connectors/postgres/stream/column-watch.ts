import { isRetriable } from '../../../core/errors.ts'
import { tableId, type TableRef } from '../../../core/table-ref.ts'
import { sleep } from '../../../core/time.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { withSession } from '../../../databases/postgres/with-session.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'
import { type NumberedTable, refuseRenamed } from '../../refuse-renamed.ts'
import { readColumnNumbers } from './column-numbers.ts'

/** Each ANALYZE has a table announced anew: all that were announced in this time are looked at together. */
const pauseMs = 5_000

export interface ColumnWatchOptions {
  readonly connection: ConnectionOptions
  /** The columns that tables had before anything was read: of those whose schema does not tell numbers. */
  readonly seen: ReadonlyMap<string, NumberedTable['columns']>
  readonly schemaOf: (table: TableRef) => TableSchema | undefined
  readonly signal: AbortSignal
}

/**
 * A column that is dropped and added again under its name looks in the log as if nothing had happened: the table is announced
 * as it was. So tables that are announced are looked at in the catalogue as well, beside the stream. The catalogue may be
 * ahead of the log, but never comes back to a column that it has dropped: what is found is no false alarm.
 */
export class ColumnWatch {
  readonly #options: ColumnWatchOptions
  readonly #signal: AbortSignal
  readonly #stop = new AbortController()
  /** By the id of the table, for columns whose number the schema does not tell. */
  readonly #seen: Map<string, NumberedTable['columns']>
  #announced: TableRef[] = []
  #looking: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null

  constructor(options: ColumnWatchOptions) {
    this.#options = options
    this.#seen = new Map(options.seen)
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal])
  }

  announced(table: TableRef): void {
    this.#announced.push(table)
    this.#looking ??= this.#look()
  }

  /** Throws what was found: `schema.column_replaced`, `schema.column_renamed`. */
  throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#looking
  }

  async #look(): Promise<void> {
    try {
      while (this.#announced.length > 0) {
        await sleep(pauseMs, this.#signal)
        if (this.#signal.aborted) return
        await this.#compareAnnounced()
      }
    } catch (error) {
      if (!this.#signal.aborted) this.#failure = { error }
    } finally {
      this.#looking = null
    }
  }

  /** A server that has no session left for this is asked again later: the stream does not depend on it. */
  async #compareAnnounced(): Promise<void> {
    const tables = new Map(this.#announced.map(table => [tableId(table), table]))
    this.#announced = []
    try {
      await this.#compare([...tables.values()].flatMap(table => this.#options.schemaOf(table) ?? []))
    } catch (error) {
      if (!isRetriable(error)) throw error
      this.#announced.push(...tables.values())
    }
  }

  async #compare(tables: readonly TableSchema[]): Promise<void> {
    const now = await withSession(this.#options.connection, this.#signal, client =>
      readColumnNumbers(client, tables),
    )
    for (const schema of tables) {
      const id = schema.id ?? ''
      const columns = now.get(id)
      if (columns === undefined) continue
      refuseRenamed(withSeenNumbers(schema, this.#seen.get(id) ?? []), { table: schema.table, columns })
      this.#seen.set(id, columns)
    }
  }
}

function withSeenNumbers(schema: TableSchema, seen: NumberedTable['columns']): NumberedTable {
  const numbers = new Map(seen.map(({ name, number }) => [name, number]))
  const numbered = copiedColumns(schema).flatMap(({ name, number = numbers.get(name) }) =>
    number === undefined ? [] : { name, number },
  )
  return { table: schema.table, columns: numbered }
}
