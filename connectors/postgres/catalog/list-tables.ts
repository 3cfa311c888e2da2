import type { Client } from 'pg'
import type { TableRef } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { type TablePatterns, tableFilter } from './table-pattern.ts'

/** A relation that patterns can match. */
export interface ListedTable extends TableRef {
  readonly kind: 'table' | 'partitioned' | 'view' | 'materialized-view' | 'foreign' | 'unlogged' | 'temporary'
}

const relations = `
SELECT n.nspname::text AS schema, c.relname::text AS name,
       CASE WHEN c.relpersistence = 'u' THEN 'unlogged'
            WHEN c.relpersistence = 't' THEN 'temporary'
            WHEN c.relkind = 'p' THEN 'partitioned'
            WHEN c.relkind = 'v' THEN 'view'
            WHEN c.relkind = 'm' THEN 'materialized-view'
            WHEN c.relkind = 'f' THEN 'foreign'
            ELSE 'table' END AS kind
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  -- A partition is reached through its root, which is always listed as well.
  AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'switchback')
  -- Tables that an extension brings come with the extension.
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`

/** Everything that the patterns match and that could be meant as a table, ordered by name. */
export async function matchingRelations(
  client: Client,
  patterns: TablePatterns,
): Promise<readonly ListedTable[]> {
  const all = await query<ListedTable>(client, 'list tables', relations)
  return all.filter(tableFilter(patterns))
}

/** The tables to capture: those of the matching relations that the log tells about. */
export function capturable(listed: readonly ListedTable[]): readonly TableRef[] {
  return listed
    .filter(table => table.kind === 'table' || table.kind === 'partitioned')
    .map(({ schema, name }) => ({ schema, name }))
}
