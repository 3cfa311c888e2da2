import type { TableRef } from '../../../core/table-ref.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import type { SchemaObject, TableSchema } from '../../../schemas/table-schema.ts'
import { hasPrimaryKeyAsKey, primaryKeySql } from './create-table-sql.ts'
import { namePattern, nameParts } from './sql-name.ts'

/** An index or a constraint that is built when the copy is complete. */
export interface SecondaryObject {
  readonly table: TableRef
  readonly kind: SecondaryKind
  /** The bare name, unquoted. */
  readonly name: string
  readonly create: string
  /** What it does without its own name, as the server prints it: tells equal objects of different names. */
  readonly definition: string
}

export type SecondaryKind = Extract<
  SchemaObject['kind'],
  'primary-key' | 'index' | 'unique' | 'exclusion' | 'check' | 'foreign-key'
>

/** Foreign keys lean on unique constraints of other tables: kind by kind over all tables, in this order. */
const order: readonly SecondaryKind[] = [
  'primary-key',
  'index',
  'unique',
  'exclusion',
  'check',
  'foreign-key',
]

/** All that is to be built for these tables after their rows are there, in the order of building. */
export function secondaryObjects(tables: readonly TableSchema[]): readonly SecondaryObject[] {
  const all = tables.flatMap(secondaryObjectsOf)
  return order.flatMap(kind => all.filter(object => object.kind === kind))
}

function secondaryObjectsOf(schema: TableSchema): readonly SecondaryObject[] {
  const { table, primaryKey, secondary } = schema
  const lateKey: SchemaObject[] =
    primaryKey === null || hasPrimaryKeyAsKey(schema)
      ? []
      : [{ ...primaryKey, create: `ALTER TABLE ${quoteTable(table)} ADD ${primaryKeySql(schema)}` }]
  return [...lateKey, ...secondary].flatMap(object => {
    const kind = order.find(each => each === object.kind)
    if (kind === undefined) return []
    const { create } = object
    return [
      { table, kind, name: nameParts(object.name).at(-1) ?? '', create, definition: definitionOf(create) },
    ]
  })
}

const head = new RegExp(
  `^(?:ALTER TABLE ${namePattern} ADD CONSTRAINT ${namePattern}|(CREATE (?:UNIQUE )?INDEX) ${namePattern}) `,
)

/** A statement without the name that it gives: `UNIQUE (a)`, `CREATE INDEX ON shop.orders USING btree (a)`. */
export function definitionOf(create: string): string {
  return create.replace(head, (_, index: string | undefined) => (index === undefined ? '' : `${index} `))
}
