import type { Client } from 'pg'
import type { TableRef } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'

/** What pg_class and pg_index say of a table. */
export interface TableFacts {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly kind: 'r' | 'p'
  /** Of the table itself, as pg_class has it: default, full, index, nothing. */
  readonly identity: 'd' | 'f' | 'i' | 'n'
  /** Columns of the replica identity index, of the primary key; empty if there is none. */
  readonly identityColumns: readonly string[]
  readonly primaryColumns: readonly string[]
  /** What the partitions that hold rows say: how many there are, how many have a full identity, how many have one that tells the root's key. */
  readonly leaves: number
  readonly fullLeaves: number
  readonly identifiedLeaves: number
}

const tables = `
WITH wanted AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident
  FROM unnest($1::text[], $2::text[]) AS w(schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  WHERE c.relkind IN ('r', 'p')
), keys AS (
  SELECT i.indrelid, i.indisprimary, i.indisreplident, array_agg(a.attname::text ORDER BY k.place) AS columns
  FROM pg_catalog.pg_index i
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
  WHERE i.indrelid IN (SELECT oid FROM wanted) AND (i.indisprimary OR i.indisreplident) AND k.place <= i.indnkeyatts
  GROUP BY i.indexrelid, i.indrelid, i.indisprimary, i.indisreplident
), leaves AS (
  SELECT w.oid, count(*) AS leaves,
         count(*) FILTER (WHERE c.relreplident = 'f') AS full_leaves,
         count(*) FILTER (WHERE c.relreplident = 'f' OR EXISTS (
           SELECT FROM pg_catalog.pg_index i
           WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident END
             -- Of other columns than the root's key, the old rows would lack that key.
             AND coalesce((SELECT columns FROM keys k WHERE k.indrelid = w.oid AND k.indisprimary), '{}') <@ ARRAY(
               SELECT a.attname::text FROM pg_catalog.pg_attribute a
               WHERE a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0 : i.indnkeyatts - 1]))
         )) AS identified_leaves
  FROM wanted w
  CROSS JOIN LATERAL pg_catalog.pg_partition_tree(w.oid) AS t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid
  WHERE w.relkind = 'p' AND t.isleaf
  GROUP BY w.oid
)
SELECT w.oid, w.nspname::text AS schema, w.relname::text AS name, w.relkind::text AS kind, w.relreplident::text AS identity,
       coalesce((SELECT columns FROM keys k WHERE k.indrelid = w.oid AND k.indisreplident), '{}') AS "identityColumns",
       coalesce((SELECT columns FROM keys k WHERE k.indrelid = w.oid AND k.indisprimary), '{}') AS "primaryColumns",
       coalesce(l.leaves, 0)::int AS leaves, coalesce(l.full_leaves, 0)::int AS "fullLeaves",
       coalesce(l.identified_leaves, 0)::int AS "identifiedLeaves"
FROM wanted w LEFT JOIN leaves l ON l.oid = w.oid`

/** The facts of those tables that exist, in no particular order. */
export async function readTableFacts(
  client: Client,
  wanted: readonly TableRef[],
): Promise<readonly TableFacts[]> {
  const parameters = [wanted.map(table => table.schema), wanted.map(table => table.name)]
  return query<TableFacts & Record<string, unknown>>(client, 'describe tables', tables, parameters)
}
