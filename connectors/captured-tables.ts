import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { StateChange } from '../schemas/state-records.ts'
import type { StoredState } from '../schemas/stored-state.ts'
import type { TableSchema } from '../schemas/table-schema.ts'
import { type Adoption, adoptTable } from './adopt-table.ts'
import type { CapturedTable } from './captured-table.ts'
import type { Prepared } from './source.ts'

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
   * Adopts the configured tables. A known one keeps the shape that the state topic has, because the log goes on from
   * there; what changed since arrives through the log. Returns the state to be stored.
   */
  async open(described: readonly TableSchema[], stored: StoredState): Promise<StateChange[]> {
    const changes = forgotten(described, stored)
    for (const schema of described) {
      const known = stored.tables.get(tableId(schema.table))
      const table = await this.#adopt(known?.schema ?? schema, known, stored)
      if (known === undefined || known.valueSchemaId !== table.state.valueSchemaId) changes.push(table.state)
    }
    return changes
  }

  /** The log announces another shape of a table. */
  async change(schema: TableSchema): Promise<{ readonly table: CapturedTable; readonly state: StateChange }> {
    const known = this.byId.get(tableId(schema.table))
    if (known !== undefined) refuseNewKey(known, schema)
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

/** A table that is known must have been in the publication all the time: else changes of it are missing. */
export function refuseGaps(prepared: Prepared, stored: StoredState): void {
  const gap = prepared.added.find(ref => stored.tables.has(tableId(ref)))
  if (gap !== undefined)
    throw new MigrationError(
      'source.publication_changed',
      `${tableId(gap)} is being migrated but was missing in the publication`,
      { details: { table: tableId(gap) } },
    )
}

function forgotten(described: readonly TableSchema[], stored: StoredState): StateChange[] {
  const wanted = new Set(described.map(schema => tableId(schema.table)))
  const gone = [...stored.tables.keys()].filter(id => !wanted.has(id))
  return gone.flatMap(id => [
    { kind: 'forget', key: `table/${id}` },
    { kind: 'forget', key: `snapshot/${id}` },
  ])
}

function refuseNewKey(known: CapturedTable, schema: TableSchema): void {
  const before = known.state.schema
  if (JSON.stringify(before.key) === JSON.stringify(schema.key)) return
  throw new MigrationError(
    'schema.key_changed',
    `the key of ${known.id} changed from (${before.key.join(', ')}) to (${schema.key.join(', ')})`,
    { details: { table: known.id } },
  )
}
