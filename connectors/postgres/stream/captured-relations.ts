import { MigrationError } from '../../../core/errors.ts'
import { tableId, type TableRef } from '../../../core/table-ref.ts'
import { FieldSlices } from '../../../schemas/field-slices.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'
import { agrees, type Relation } from './relation.ts'

/** A captured table as the log knows it, with the slices that its rows are read into. */
export interface CapturedRelation {
  readonly table: TableRef
  readonly before: FieldSlices
  readonly after: FieldSlices
  /** What the old rows of updates and deletes hold. */
  readonly oldRows: OldRows
}

/** `as-told`: the whole row or its key, as each message says. */
type OldRows = 'as-told' | 'whole' | 'keys'

/** What a relation message means: the rows that follow can be read, belong to no captured table, or need a new schema. */
export type Announced = 'known' | 'foreign' | 'changed'

/** The tables of the log by their oid, kept in step with its relation messages. */
export class CapturedRelations {
  readonly #schemas: Map<string, TableSchema>
  readonly #byOid = new Map<number, CapturedRelation | null>()
  /** What captured tables are called, by their oid: also of those that the log has not announced yet. */
  readonly #names = new Map<number, string>()

  /** Tables that are still to be copied: one may have had another name before it joined, and the copy has its rows of then. */
  #unnamed: readonly TableSchema[]

  constructor(tables: readonly TableSchema[]) {
    this.#schemas = new Map(tables.map(schema => [tableId(schema.table), schema]))
    this.#unnamed = tables.filter(isUncopied)
    this.#name(tables.filter(schema => !isUncopied(schema)))
  }

  /** What follows in the log was written after the tables were known by their names. */
  caughtUp(): void {
    this.#name(this.#unnamed)
    this.#unnamed = []
  }

  announce(relation: Relation): Announced {
    this.#refuseRenamed(relation)
    const known = this.#schemas.get(tableId(relation))
    if (known === undefined) {
      this.#byOid.set(relation.oid, null)
      return 'foreign'
    }
    refuseNamesake(relation, known)
    if (!agrees(relation, known)) return 'changed'
    this.#bind(relation, known)
    return 'known'
  }

  /** The shape that is known of a captured table. */
  schemaOf(table: TableRef): TableSchema | undefined {
    return this.#schemas.get(tableId(table))
  }

  /** Takes over the schema of a changed table; false when it turns out to be the one we had. */
  adopt(relation: Relation, schema: TableSchema): boolean {
    const id = tableId(schema.table)
    const differs = JSON.stringify(this.#schemas.get(id)) !== JSON.stringify(schema)
    this.#schemas.set(id, schema)
    this.#bind(relation, schema)
    return differs
  }

  /** The captured table with this oid; null for other tables. Throws when the log never announced it. */
  find(oid: number): CapturedRelation | null {
    const relation = this.#byOid.get(oid)
    if (relation === undefined)
      throw new MigrationError('source.log_undecodable', `a row of the unknown relation ${oid}`)
    return relation
  }

  #name(tables: readonly TableSchema[]): void {
    for (const { id, table } of tables) if (id !== undefined) this.#names.set(Number(id), tableId(table))
  }

  #bind(relation: Relation, schema: TableSchema): void {
    const count = copiedColumns(schema).length
    this.#names.set(relation.oid, tableId(schema.table))
    this.#byOid.set(relation.oid, {
      table: schema.table,
      before: new FieldSlices(count),
      after: new FieldSlices(count),
      oldRows: oldRowsOf(relation, schema),
    })
  }

  /** Rows that a table got under another name would silently miss their topic, also when it has its own name back by now. */
  #refuseRenamed(relation: Relation): void {
    const table = this.#names.get(relation.oid)
    if (table === undefined || table === tableId(relation)) return
    const found = `rows of table ${table} were written while it was called ${tableId(relation)}`
    throw new MigrationError('source.table_missing', found, { details: { table } })
  }
}

function isUncopied({ columns }: TableSchema): boolean {
  return columns.every(({ number }) => number === undefined)
}

/** The log goes by the root of a partitioned table, the row by its partition: one that logs whole rows, or only their keys. */
function oldRowsOf({ identity }: Relation, schema: TableSchema): OldRows {
  if (schema.key.length === 0) return 'whole'
  return identity === 'f' && schema.identity !== 'full' ? 'keys' : 'as-told'
}

/** Two tables may swap their names: then neither name is missing. */
function refuseNamesake(relation: Relation, { table, id }: TableSchema): void {
  if (id === undefined || id === String(relation.oid)) return
  const found = `${tableId(table)} is the name of another table now`
  throw new MigrationError('source.table_missing', found, { details: { table: tableId(table) } })
}
