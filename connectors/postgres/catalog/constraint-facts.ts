import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'
import type { SchemaObject } from '../../../schemas/table-schema.ts'

/** A constraint or an index of a table. */
export interface ConstraintFacts {
  readonly table: number
  readonly kind: Extract<
    SchemaObject['kind'],
    'primary-key' | 'unique' | 'check' | 'exclusion' | 'foreign-key' | 'index'
  >
  /** Quoted for SQL: indexes with their schema, constraints with schema and table. */
  readonly name: string
  /** A whole statement; for the primary key the constraint definition. */
  readonly create: string
}

// Rows with a parent are what the server derived for partitions. The order is that of building: foreign keys need the rest.
const constraints = `
SELECT k.conrelid AS table,
       CASE k.contype WHEN 'p' THEN 'primary-key' WHEN 'u' THEN 'unique' WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' ELSE 'foreign-key' END AS kind,
       table_name.sql || '.' || pg_catalog.quote_ident(k.conname) AS name,
       CASE WHEN k.contype = 'p' THEN pg_catalog.pg_get_constraintdef(k.oid)
            ELSE 'ALTER TABLE ' || table_name.sql || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid)
       END AS create,
       CASE k.contype WHEN 'p' THEN 0 WHEN 'u' THEN 2 WHEN 'x' THEN 3 WHEN 'c' THEN 4 ELSE 5 END AS place
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL (SELECT k.conrelid::regclass::text AS sql) table_name
WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('p', 'u', 'c', 'x', 'f') AND k.conparentid = 0
UNION ALL
SELECT i.indrelid, 'index', pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       -- An index of a partitioned table prints as ON ONLY; the target's table is plain.
       CASE WHEN starts_with(def.sql, head.sql || 'ONLY ') THEN head.sql || substr(def.sql, length(head.sql || 'ONLY ') + 1) ELSE def.sql END,
       1
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_indexdef(i.indexrelid) AS sql) def
CROSS JOIN LATERAL (SELECT 'CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX ' || pg_catalog.quote_ident(c.relname) || ' ON ' AS sql) head
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
ORDER BY 1, place, name`

/** Constraints and indexes of the tables with these oids, in the order in which to build them. */
export async function readConstraintFacts(
  client: Client,
  tables: readonly number[],
): Promise<readonly ConstraintFacts[]> {
  return query<ConstraintFacts & Record<string, unknown>>(client, 'describe constraints', constraints, [
    tables,
  ])
}
