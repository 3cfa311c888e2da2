import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'
import { copiedColumns, type Column, type TableSchema } from '../../../schemas/table-schema.ts'
import { columnType } from '../catalog/column-type-tree.ts'
import { describeTables } from '../catalog/describe-tables.ts'
import { refuseRenamedMeanwhile } from '../../refuse-renamed.ts'
import { readTypeFacts, type TypeFacts, typeKey } from '../catalog/type-facts.ts'
import { type Relation, type RelationColumn, sameColumn } from './relation.ts'

const collatable = `
SELECT oid FROM pg_catalog.pg_type WHERE oid = ANY ($1::oid[]) AND typcollation <> 0`

/**
 * The schema of the rows behind a relation message. The catalogue may be ahead of the log: columns that it has no more, or
 * has in another type, are described by what the log says, as text if nobody knows that type any more; columns that it has already, but not the log, are left out.
 * Throws `source.table_missing` when the table was dropped since, `schema.column_renamed` for a column that `before` calls otherwise.
 */
export async function schemaOfRelation(
  client: Client,
  relation: Relation,
  before: TableSchema | undefined,
): Promise<TableSchema> {
  const { schema, name } = relation
  const [now] = await describeTables(client, [{ schema, name }])
  // `describeTables` gives as many as it was asked for, or throws.
  if (now === undefined) throw new Error('no description')
  if (before !== undefined)
    refuseRenamedMeanwhile(before, now, new Set(relation.columns.map(column => column.name)))
  const known = new Map(copiedColumns(now).map(column => [column.name, column]))
  const lost = relation.columns.filter(column => !sameColumn(column, known.get(column.name)))
  const types = new Map(
    (await readTypeFacts(client, lost)).map(type => [typeKey(type.oid, type.modifier), type]),
  )
  const collated = await typesWithCollation(client, lost)
  const columns = relation.columns.map(column => {
    const current = known.get(column.name)
    if (current !== undefined && sameColumn(column, current)) return current
    return lostColumn(
      column,
      lostType(column, types, before),
      collated.has(column.type) ? collationIn(before, column) : null,
    )
  })
  const generated = now.columns.filter(column => column.generated !== null)
  return { ...now, columns: [...columns, ...generated], key: keyOf(relation, now) }
}

async function typesWithCollation(client: Client, columns: readonly RelationColumn[]): Promise<Set<number>> {
  const oids = columns.map(column => column.type)
  const found = await query<{ oid: number }>(client, 'ask for types with a collation', collatable, [oids])
  return new Set(found.map(({ oid }) => oid))
}

/** The log does not tell collations. One that calls different texts equal must not be forgotten: equal keys would part. */
function collationIn(before: TableSchema | undefined, { name }: RelationColumn): string | null {
  return before?.columns.find(column => column.name === name)?.collation ?? null
}

/** A type that was dropped as well is the one that the column was known to have; else all that is left of it are texts. */
function lostType(
  column: RelationColumn,
  types: ReadonlyMap<string, TypeFacts>,
  before: TableSchema | undefined,
): Column['type'] {
  const { type: oid, modifier } = column
  if (types.has(typeKey(oid, modifier))) return columnType(types, { oid, modifier, dimensions: 0 })
  const known = before?.columns.find(({ name }) => name === column.name)
  if (known !== undefined && sameColumn(column, known)) return known.type
  return { kind: 'base', sql: 'text', name: 'text', oid, modifier, extension: null }
}

function lostColumn(column: RelationColumn, type: Column['type'], collation: string | null): Column {
  const nothing = { default: null, missingValue: null, identity: null, generated: null }
  return { name: column.name, type, nullable: !column.isKey, ...nothing, collation }
}

/** The catalogue's key in its order, unless the log marks other columns. */
function keyOf(relation: Relation, now: TableSchema): readonly string[] {
  const names = relation.columns.map(column => column.name)
  if (relation.identity === 'f' || relation.identity === 'n')
    return now.key.every(name => names.includes(name)) ? now.key : []
  const marked = relation.columns.filter(column => column.isKey).map(column => column.name)
  const same = marked.length === now.key.length && marked.every(name => now.key.includes(name))
  return same ? now.key : marked
}
