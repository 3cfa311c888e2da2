import type { Client } from 'pg'
import { type TableRef, tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { definitionOf, type SecondaryKind, type SecondaryObject } from './secondary-object.ts'
import { isSameSql } from './sql-name.ts'

/** An index or a constraint that a table of the target has. */
export interface BuiltObject {
  readonly kind: SecondaryKind
  readonly name: string
  /** Without its name; without NOT VALID as well. */
  readonly definition: string
  /** False: a constraint that was added without looking at the rows that are there. */
  readonly validated: boolean
  readonly isUnique: boolean
}

// An index that a constraint brought is told by the constraint.
const builtObjects = `
SELECT w.place::int AS place, found.kind, found.name, found.definition, found.validated, found.unique AS "isUnique"
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(schema, name, place)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
CROSS JOIN LATERAL (
  SELECT CASE k.contype WHEN 'p' THEN 'primary-key' WHEN 'u' THEN 'unique' WHEN 'x' THEN 'exclusion' WHEN 'c' THEN 'check' ELSE 'foreign-key' END AS kind,
         k.conname::text AS name, pg_catalog.pg_get_constraintdef(k.oid) AS definition, k.convalidated AS validated,
         k.contype IN ('p', 'u', 'x') AS unique
  FROM pg_catalog.pg_constraint k
  WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'x', 'c', 'f')
  UNION ALL
  SELECT 'index', i.relname::text, pg_catalog.pg_get_indexdef(i.oid), true, x.indisunique
  FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
  WHERE x.indrelid = c.oid AND x.indisvalid
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
) found`

/** What each of the tables has, by its id. To be called with an empty search path. */
export async function readBuiltObjects(
  client: Client,
  tables: readonly TableRef[],
): Promise<ReadonlyMap<string, readonly BuiltObject[]>> {
  const doing = 'read the indexes and constraints of the target'
  const rows = await query<BuiltObject & { place: number }>(client, doing, builtObjects, [
    tables.map(({ schema }) => schema),
    tables.map(({ name }) => name),
  ])
  const built = new Map<string, BuiltObject[]>()
  for (const [index, table] of tables.entries()) {
    const ofTable = rows.filter(({ place }) => place === index + 1)
    built.set(
      tableId(table),
      ofTable.map(row => ({ ...row, definition: withoutNotValid(definitionOf(row.definition)) })),
    )
  }
  return built
}

/** The target's object that does what the source's does: by the same name, or by the same definition. */
export function builtAs(object: SecondaryObject, built: readonly BuiltObject[]): BuiltObject | null {
  const sameKind = built.filter(({ kind }) => kind === object.kind)
  const definition = withoutNotValid(object.definition)
  return (
    sameKind.find(({ name }) => name === object.name) ??
    sameKind.find(other => isSameSql(other.definition, definition)) ??
    null
  )
}

/** Whether the source itself never looked at the rows, so that the target must not either. */
export function isNeverValidated(definition: string): boolean {
  return / NOT (?:VALID|ENFORCED)$/.test(definition)
}

function withoutNotValid(definition: string): string {
  return definition.replace(/ NOT VALID$/, '')
}
