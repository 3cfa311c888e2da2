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
}

/** What a relation message means: the rows that follow can be read, belong to no captured table, or need a new schema. */
export type Announced = 'known' | 'foreign' | 'changed'

/** The tables of the log by their oid, kept in step with its relation messages. */
export class CapturedRelations {
  readonly #schemas: Map<string, TableSchema>
  readonly #byOid = new Map<number, CapturedRelation | null>()

  constructor(tables: readonly TableSchema[]) {
    this.#schemas = new Map(tables.map(schema => [tableId(schema.table), schema]))
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
    this.#bind(relation.oid, known)
    return 'known'
  }

  /** The shape that is known of a captured table. */
  schemaOf(table: TableRef): TableSchema | undefined {
    return this.#schemas.get(tableId(table))
  }

  /** Takes over the schema of a changed table; false when it turns out to be the one we had. */
  adopt(oid: number, schema: TableSchema): boolean {
    const id = tableId(schema.table)
    const differs = JSON.stringify(this.#schemas.get(id)) !== JSON.stringify(schema)
    this.#schemas.set(id, schema)
    this.#bind(oid, schema)
    return differs
  }

  /** The captured table with this oid; null for other tables. Throws when the log never announced it. */
  find(oid: number): CapturedRelation | null {
    const relation = this.#byOid.get(oid)
    if (relation === undefined)
      throw new MigrationError('source.log_undecodable', `a row of the unknown relation ${oid}`)
    return relation
  }

  #bind(oid: number, schema: TableSchema): void {
    const count = copiedColumns(schema).length
    this.#byOid.set(oid, {
      table: schema.table,
      before: new FieldSlices(count),
      after: new FieldSlices(count),
    })
  }

  /** Rows of a table that goes by another name now would silently miss their topic. */
  #refuseRenamed(relation: Relation): void {
    const before = this.#byOid.get(relation.oid)?.table
    if (before === undefined || tableId(before) === tableId(relation)) return
    const found = `table ${tableId(before)} is now called ${tableId(relation)}`
    throw new MigrationError('source.table_missing', found, { details: { table: tableId(before) } })
  }
}

/** Two tables may swap their names: then neither name is missing. */
function refuseNamesake(relation: Relation, { table, id }: TableSchema): void {
  if (id === undefined || id === String(relation.oid)) return
  const found = `${tableId(table)} is the name of another table now`
  throw new MigrationError('source.table_missing', found, { details: { table: tableId(table) } })
}
