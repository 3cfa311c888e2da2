import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'

/** What pg_attribute says of a column. */
export interface ColumnFacts {
  readonly table: number
  readonly name: string
  readonly number: number
  readonly type: number
  readonly modifier: number
  readonly dimensions: number
  readonly nullable: boolean
  readonly expression: string | null
  readonly missingValue: string | null
  readonly identity: '' | 'a' | 'd'
  /** PostgreSQL 18 has virtual generated columns as well. */
  readonly generated: '' | 's' | 'v'
  /** Where it is not the type's own, or calls different texts equal: a domain may do that. */
  readonly collation: string | null
}

const columns = `
SELECT a.attrelid AS table, a.attname::text AS name, a.attnum::int AS number, a.atttypid AS type, a.atttypmod AS modifier, a.attndims::int AS dimensions,
       NOT a.attnotnull AS nullable, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
       CASE WHEN a.atthasmissing THEN (a.attmissingval::text::text[])[1] END AS "missingValue",
       a.attidentity::text AS identity, a.attgenerated::text AS generated,
       CASE WHEN a.attcollation <> t.typcollation OR NOT c.collisdeterministic
            THEN pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(c.collname) END AS collation
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`

/** The columns of the tables with these oids, in their order. */
export async function readColumnFacts(
  client: Client,
  tables: readonly number[],
): Promise<readonly ColumnFacts[]> {
  return query<ColumnFacts & Record<string, unknown>>(client, 'describe columns', columns, [tables])
}
