import type { Client } from 'pg'
import { operatorSql } from '../../../databases/postgres/operator-sql.ts'
import { query } from '../../../databases/postgres/query.ts'

/** A unique index that can tell rows apart. */
export interface UniqueKey {
  readonly columns: readonly string[]
  /** How the index compares the values of each column, as SQL. */
  readonly equals: readonly string[]
}

// What ON CONFLICT can go by: unique at once, for all rows, on plain columns. Where another index on them is not, ON CONFLICT fails.
const uniqueKeys = `
SELECT i.indrelid::int8::text AS table, array_agg(a.attname::text ORDER BY k.place) AS columns,
       array_agg(k.class::int8::text ORDER BY k.place) AS classes
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS k(attnum, class, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indimmediate AND i.indisvalid
  AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_index d WHERE d.indrelid = i.indrelid AND d.indisunique AND NOT d.indimmediate
      AND (d.indkey::int2[])[0:d.indnkeyatts - 1] @> (i.indkey::int2[])[0:i.indnkeyatts - 1]
      AND (d.indkey::int2[])[0:d.indnkeyatts - 1] <@ (i.indkey::int2[])[0:i.indnkeyatts - 1])
GROUP BY i.indexrelid, i.indrelid, i.indisprimary
ORDER BY i.indisprimary DESC, i.indexrelid`

const equalities = `
SELECT o.oid::int8::text AS class, ${operatorSql} AS equals
FROM pg_catalog.pg_opclass o
JOIN pg_catalog.pg_amop m ON m.amopfamily = o.opcfamily AND m.amopstrategy = 3
  AND m.amoplefttype = o.opcintype AND m.amoprighttype = o.opcintype
JOIN pg_catalog.pg_operator p ON p.oid = m.amopopr
JOIN pg_catalog.pg_namespace n ON n.oid = p.oprnamespace
WHERE o.oid = ANY ($1::oid[])`

/** From here on the server numbers what was not there from the beginning. */
const firstMadeOid = 16_384

const doing = 'read the unique indexes of the target'

/** Every unique index that can tell rows apart, by oid of the table, the primary key first. */
export async function readUniqueKeys(
  client: Client,
  tables: readonly string[],
): Promise<ReadonlyMap<string, readonly UniqueKey[]>> {
  const rows = await query<{ table: string; columns: string[]; classes: string[] }>(
    client,
    doing,
    uniqueKeys,
    [tables],
  )
  const equals = await madeEqualities(client, new Set(rows.flatMap(({ classes }) => classes)))
  const found = new Map<string, UniqueKey[]>(tables.map(table => [table, []]))
  for (const { table, columns, classes } of rows)
    found.get(table)?.push({ columns, equals: classes.map(id => equals.get(id) ?? '=') })
  return found
}

/** Of those operator classes that are not the server's own, the equality by oid. */
async function madeEqualities(
  client: Client,
  classes: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const made = [...classes].filter(id => Number(id) >= firstMadeOid)
  if (made.length === 0) return new Map()
  const rows = await query<{ class: string; equals: string }>(client, doing, equalities, [made])
  return new Map(rows.map(row => [row.class, row.equals]))
}

/** The first of the indexes that has exactly the columns of the key, in whatever order. */
export function keyAmong(uniques: readonly UniqueKey[], key: readonly string[]): UniqueKey | undefined {
  return uniques.find(
    ({ columns }) => columns.length === key.length && key.every(name => columns.includes(name)),
  )
}

export function hasKey(uniques: readonly UniqueKey[], key: readonly string[]): boolean {
  return keyAmong(uniques, key) !== undefined
}
