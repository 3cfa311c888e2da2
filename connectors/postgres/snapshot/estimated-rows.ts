import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'

// As the planner does it: the density of the last ANALYZE, the size of now. Without ANALYZE about 100 bytes a row.
const estimateSql = `
  SELECT coalesce(sum(CASE
    WHEN c.reltuples > 0 AND c.relpages > 0
      THEN c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int)
    ELSE pg_relation_size(c.oid) / 100.0
  END), 0)::float8 AS rows
  FROM pg_class c
  WHERE c.oid = $1::regclass
    OR c.oid IN (SELECT relid FROM pg_partition_tree($1::regclass) WHERE isleaf)`

/** How many rows the table has, roughly and quickly. */
export async function estimatedRows(client: Client, table: TableSchema): Promise<number> {
  const rows = await query<{ rows: number }>(client, 'estimate the rows', estimateSql, [
    quoteTable(table.table),
  ])
  return Math.round(rows[0]?.rows ?? 0)
}
