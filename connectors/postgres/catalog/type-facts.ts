import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'

/** A type with a modifier, as it occurs in a column or inside another type. */
export interface TypeFacts {
  readonly oid: number
  readonly modifier: number
  /** For DDL: `numeric(12,2)`, `"Shop"."Mood"`. */
  readonly sql: string
  readonly schema: string
  readonly name: string
  /** base, composite, domain, enum, range, multirange, pseudo. */
  readonly kind: 'b' | 'c' | 'd' | 'e' | 'r' | 'm' | 'p'
  /** Type of the elements if this is a true array, else null. */
  readonly element: number | null
  readonly base: number | null
  readonly baseModifier: number
  readonly baseDimensions: number
  readonly extension: string | null
  readonly labels: readonly string[]
  /** The statement that makes it, without types it leans on; null for types that need none or that we cannot make. */
  readonly create: string | null
  /** The types it leans on. */
  readonly parts: readonly { readonly oid: number; readonly modifier: number }[]
}

const types = `
WITH RECURSIVE used(oid, modifier) AS (
  SELECT * FROM unnest($1::oid[], $2::int[])
  UNION
  SELECT part.oid, part.modifier
  FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid
  CROSS JOIN LATERAL (
    SELECT e.oid, u.modifier FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid
    UNION ALL SELECT t.typbasetype, t.typtypmod WHERE t.typtype = 'd'
    UNION ALL SELECT r.rngsubtype, -1 FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
    UNION ALL SELECT r.rngtypid, -1 FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid
    UNION ALL SELECT a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute a
              WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) part
)
SELECT t.oid, u.modifier, pg_catalog.format_type(t.oid, u.modifier) AS sql, n.nspname::text AS schema, t.typname::text AS name,
       t.typtype::text AS kind, element.oid AS element, nullif(t.typbasetype, 0) AS base, t.typtypmod AS "baseModifier",
       t.typndims::int AS "baseDimensions", e.extname::text AS extension,
       ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) AS labels,
       (SELECT coalesce(json_agg(json_build_object('oid', p.oid::int8, 'modifier', p.modifier)), '[]') FROM (
          SELECT element.oid, u.modifier WHERE element.oid IS NOT NULL
          UNION ALL SELECT t.typbasetype, t.typtypmod WHERE t.typtype = 'd'
          UNION ALL SELECT r.rngsubtype, -1 FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
          UNION ALL SELECT r.rngtypid, -1 FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid
          UNION ALL SELECT a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute a
                    WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
       ) p) AS parts,
       CASE WHEN n.nspname IN ('pg_catalog', 'information_schema') OR e.extname IS NOT NULL THEN NULL ELSE
       CASE t.typtype
         WHEN 'e' THEN 'CREATE TYPE ' || full_name.sql || ' AS ENUM (' || (
              SELECT coalesce(string_agg(pg_catalog.quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder), '')
              FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid) || ')'
         WHEN 'd' THEN 'CREATE DOMAIN ' || full_name.sql || ' AS ' || pg_catalog.format_type(t.typbasetype, t.typtypmod)
              || CASE WHEN t.typcollation <> base.typcollation THEN ' COLLATE ' || coll.sql ELSE '' END
              || coalesce(' DEFAULT ' || t.typdefault, '') || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END
              || coalesce((SELECT string_agg(' CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid), '' ORDER BY k.conname)
                           FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '')
         WHEN 'c' THEN 'CREATE TYPE ' || full_name.sql || ' AS (' || coalesce((
              SELECT string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
              FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')'
         WHEN 'r' THEN (SELECT 'CREATE TYPE ' || full_name.sql || ' AS RANGE (SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, -1)
              || ', MULTIRANGE_TYPE_NAME = ' || pg_catalog.format_type(r.rngmultitypid, -1) || ')'
              FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
       END END AS create
FROM used u
JOIN pg_catalog.pg_type t ON t.oid = u.oid
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname) AS sql) full_name
LEFT JOIN pg_catalog.pg_type element ON element.oid = t.typelem AND element.typarray = t.oid
LEFT JOIN pg_catalog.pg_type base ON base.oid = t.typbasetype
LEFT JOIN LATERAL (SELECT pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(c.collname) AS sql
                   FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
                   WHERE c.oid = t.typcollation) coll ON true
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid`

/** These types and all that they are made of. */
export async function readTypeFacts(
  client: Client,
  used: readonly { readonly type: number; readonly modifier: number }[],
): Promise<readonly TypeFacts[]> {
  const parameters = [used.map(use => use.type), used.map(use => use.modifier)]
  return query<TypeFacts & Record<string, unknown>>(client, 'describe types', types, parameters)
}

/** A text for maps: a type occurs once per modifier. */
export const typeKey = (oid: number, modifier: number): string => `${oid}/${modifier}`
