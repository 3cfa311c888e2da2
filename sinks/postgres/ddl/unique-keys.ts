import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'

// What ON CONFLICT can go by: unique at once, for all rows, on plain columns.
const uniqueKeys = `
SELECT i.indrelid::int8::text AS table, array_agg(a.attname::text ORDER BY k.place) AS columns
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indimmediate AND i.indisvalid
  AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts
GROUP BY i.indexrelid, i.indrelid`

/** The columns of every unique index that can tell rows apart, by oid of the table. */
export async function readUniqueKeys(
  client: Client,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const doing = 'read the unique indexes of the target'
  const rows = await query<{ table: string; columns: string[] }>(client, doing, uniqueKeys, [tables])
  const found = new Map<string, string[][]>(tables.map(table => [table, []]))
  for (const { table, columns } of rows) found.get(table)?.push(columns)
  return found
}

/** Whether one of the indexes has exactly the columns of the key, in whatever order. */
export function hasKey(uniques: readonly (readonly string[])[], key: readonly string[]): boolean {
  return uniques.some(columns => columns.length === key.length && key.every(name => columns.includes(name)))
}
