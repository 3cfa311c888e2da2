import { tableId } from '../core/table-ref.ts'
import type { TableState } from '../schemas/state.ts'
import type { StateChange } from '../schemas/state-records.ts'
import type { StoredState } from '../schemas/stored-state.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import { type Adoption, adoptTable } from './adopt-table.ts'
import type { CapturedTable } from './captured-table.ts'
import type { PublishedTable } from './published-table.ts'
import { refuseNewKey } from './refuse-gaps.ts'
import { requireEmptyTopic, requireTopics } from './required-topics.ts'

interface Configured {
  readonly described: readonly TableSchema[]
  readonly published: readonly PublishedTable[]
}

/** The tables that are captured, each in its present shape. */
export class CapturedTables {
  readonly byId = new Map<string, CapturedTable>()
  readonly #adoption: Adoption

  constructor(adoption: Adoption) {
    this.#adoption = adoption
  }

  get schemas(): readonly TableSchema[] {
    return [...this.byId.values()].map(table => table.state.schema)
  }

  /**
   * Adopts the configured tables. A known one that is copied keeps the shape that the state topic has, because the log goes
   * on from there; what changed since arrives through the log. What is still to be copied can only be read as it is now;
   * events of an older shape announce that themselves. `published`: as it is for this life. Returns the state to be stored.
   */
  async open(
    { described, published }: Configured,
    stored: StoredState,
    signal: AbortSignal,
  ): Promise<StateChange[]> {
    const changes = forgotten(described, stored)
    const marks = new Map(published.map(table => [tableId(table), table.mark]))
    await requireTopics(
      this.#adoption,
      described.flatMap(schema => stored.tables.get(tableId(schema.table)) ?? []),
    )
    for (const schema of described) {
      const known = stored.tables.get(tableId(schema.table))
      const kept = isCopied(stored, schema) ? known?.schema : undefined
      const table = withMark(await this.#adopt(kept ?? schema, known, stored), marks)
      this.byId.set(table.id, table)
      if (known === undefined) await requireEmptyTopic(this.#adoption.log, table.state.topic, signal)
      if (known === undefined || differs(known, table.state)) changes.push(table.state)
    }
    return changes
  }

  /** The log announces another shape of a table. */
  async change(schema: TableSchema): Promise<{ readonly table: CapturedTable; readonly state: StateChange }> {
    const known = this.byId.get(tableId(schema.table))
    if (known !== undefined) refuseNewKey(known.state.schema, schema)
    const table = await this.#adopt(schema, known?.state, null)
    return { table, state: table.state }
  }

  async #adopt(
    schema: TableSchema,
    known: CapturedTable['state'] | undefined,
    stored: StoredState | null,
  ): Promise<CapturedTable> {
    const others = [...(stored?.tables.values() ?? []), ...[...this.byId.values()].map(table => table.state)]
    const taken = new Set(others.map(state => state.topic))
    const table = await adoptTable(this.#adoption, schema, known, taken)
    this.byId.set(table.id, table)
    return table
  }
}

function withMark(table: CapturedTable, marks: ReadonlyMap<string, string>): CapturedTable {
  const published = marks.get(table.id)
  return published === undefined ? table : { ...table, state: { ...table.state, published } }
}

function differs(before: TableState, now: TableState): boolean {
  return before.valueSchemaId !== now.valueSchemaId || before.published !== now.published
}

function isCopied(stored: StoredState, { table }: TableSchema): boolean {
  return stored.snapshots.get(tableId(table))?.progress.phase === 'copied'
}

function forgotten(described: readonly TableSchema[], stored: StoredState): StateChange[] {
  const wanted = new Set(described.map(schema => tableId(schema.table)))
  const gone = [...stored.tables.keys()].filter(id => !wanted.has(id))
  return gone.flatMap(id => [
    { kind: 'forget', key: `table/${id}` },
    { kind: 'forget', key: `snapshot/${id}` },
  ])
}
