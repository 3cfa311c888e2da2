import { collationSql } from './collation-sql.ts'
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
  /** Of the sequence of an identity column, those that are not the defaults; empty if there are none. */
  readonly identityOptions: string
  /** PostgreSQL 18 has virtual generated columns as well. */
  readonly generated: '' | 's' | 'v'
  /** Where it is not the type's own, or calls different texts equal: a domain may do that. */
  readonly collation: string | null
}

const columns = `
SELECT a.attrelid AS table, a.attname::text AS name, a.attnum::int AS number, a.atttypid AS type, a.atttypmod AS modifier, a.attndims::int AS dimensions,
       NOT a.attnotnull AS nullable, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
       CASE WHEN a.atthasmissing THEN (a.attmissingval::text::text[])[1] END AS "missingValue",
       a.attidentity::text AS identity, coalesce(identity_sequence.options, '') AS "identityOptions", a.attgenerated::text AS generated,
       ${collationSql('c', 'cn')} AS collation
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT pg_catalog.concat_ws(' ',
           CASE WHEN s.seqstart <> CASE WHEN up THEN s.seqmin ELSE s.seqmax END THEN 'START WITH ' || s.seqstart END,
           CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
           CASE WHEN s.seqmin <> CASE WHEN up THEN 1 ELSE lowest END THEN 'MINVALUE ' || s.seqmin END,
           CASE WHEN s.seqmax <> CASE WHEN up THEN -(lowest + 1) ELSE -1 END THEN 'MAXVALUE ' || s.seqmax END,
           CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
           CASE WHEN s.seqcycle THEN 'CYCLE' END) AS options
  FROM pg_catalog.pg_depend p
  JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
  CROSS JOIN LATERAL (SELECT s.seqincrement > 0 AS up, CASE s.seqtypid WHEN 'int2'::regtype THEN -32768 WHEN 'int4'::regtype THEN -2147483648 ELSE -9223372036854775808 END AS lowest) of_type
  WHERE p.classid = 'pg_catalog.pg_class'::regclass AND p.refclassid = 'pg_catalog.pg_class'::regclass AND p.deptype = 'i'
    AND a.attidentity <> '' AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
) identity_sequence ON true
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`

/** The columns of the tables with these oids, in their order. */
export async function readColumnFacts(
  client: Client,
  tables: readonly number[],
): Promise<readonly ColumnFacts[]> {
  return query<ColumnFacts & Record<string, unknown>>(client, 'describe columns', columns, [tables])
}
