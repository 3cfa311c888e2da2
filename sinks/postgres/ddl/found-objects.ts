import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'
import type { SchemaObject } from '../../../schemas/table-schema.ts'
import { nameParts } from './sql-name.ts'

/** What the target has of an object that a table requires. */
export interface FoundObject {
  /** Where an extension is installed. */
  readonly schema: string
  /** Of a type: `e`, `d`, `c`, `r` and so on; null for other objects. */
  readonly typeKind: string | null
  readonly labels: readonly string[]
  /** A domain's base or a range's subtype, as the server prints it; null for other types. */
  readonly base: string | null
  /** A composite's attributes as in its definition: `a integer, b text`. */
  readonly attributes: string
}

export interface RequiredObject {
  readonly object: SchemaObject
  /** Null: it is missing. */
  readonly found: FoundObject | null
}

const objects = `
SELECT w.place::int AS place, found.*
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS w(kind, schema, name, place)
CROSS JOIN LATERAL (
  SELECT n.nspname::text AS schema, NULL::text AS "typeKind", '{}'::text[] AS labels, NULL::text AS base, '' AS attributes
  FROM pg_catalog.pg_namespace n WHERE w.kind = 'schema' AND n.nspname = w.name
  UNION ALL
  SELECT n.nspname::text, NULL, '{}', NULL, ''
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  WHERE w.kind = 'extension' AND e.extname = w.name
  UNION ALL
  SELECT n.nspname::text, NULL, '{}', NULL, ''
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE w.kind = 'sequence' AND c.relkind = 'S' AND n.nspname = w.schema AND c.relname = w.name
  UNION ALL
  SELECT n.nspname::text, t.typtype::text,
         ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder),
         CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
              WHEN 'r' THEN (SELECT pg_catalog.format_type(r.rngsubtype, -1) FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid) END,
         coalesce((SELECT string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                   FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '')
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  WHERE w.kind IN ('enum', 'domain', 'composite', 'range') AND n.nspname = w.schema AND t.typname = w.name
) found`

/** Looks for each of the objects in the target, in the order given. To be called with an empty search path. */
export async function findObjects(
  client: Client,
  wanted: readonly SchemaObject[],
): Promise<readonly RequiredObject[]> {
  const names = wanted.map(object => nameParts(object.name))
  const rows = await query<FoundObject & { place: number }>(client, 'look for required objects', objects, [
    wanted.map(object => object.kind),
    names.map(parts => parts.at(-2) ?? ''),
    names.map(parts => parts.at(-1) ?? ''),
  ])
  const found = new Map(rows.map(row => [row.place, row]))
  return wanted.map((object, index) => ({ object, found: found.get(index + 1) ?? null }))
}
