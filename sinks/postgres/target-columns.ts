import type { Client } from 'pg'
import { query } from '../../databases/postgres/query.ts'
import { quoteTable } from '../../databases/postgres/quote.ts'
import type { TableRef } from '../../core/table-ref.ts'
import { readUniqueKeys } from './ddl/unique-keys.ts'
import { ddlTransaction } from './ddl/ddl-transaction.ts'

/** A column of the target that can be written. */
export interface TargetColumn {
  readonly name: string
  /** Always generated identity: it takes a value on insert, never by an update. */
  readonly fixed: boolean
  /** A row that is inserted without it may get something else than NULL. */
  readonly filled: boolean
  /** Its type has a default of its own: a domain can. */
  readonly typeFills: boolean
  /** The type with its modifier, as SQL. */
  readonly type: string
  /** The type below all domains and without modifier: reading text as this type never cuts it. */
  readonly plainType: string
  /** `COLLATE …`, or empty. */
  readonly collate: string
}

export interface TargetTable {
  readonly partitioned: boolean
  readonly columns: readonly TargetColumn[]
  readonly uniqueKeys: readonly (readonly string[])[]
}

const table = `
SELECT c.oid::int8::text AS oid, c.relkind = 'p' AS partitioned
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')`

const columns = `
SELECT a.attname::text AS name, a.attidentity = 'a' AS fixed,
       a.atthasdef OR a.attidentity <> '' OR y.typdefault IS NOT NULL AS filled, y.typdefault IS NOT NULL AS "typeFills",
       pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       (WITH RECURSIVE below AS (
          SELECT t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
          UNION ALL
          SELECT t.oid, t.typtype, t.typbasetype FROM below b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
        SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)
        FROM below b JOIN pg_catalog.pg_type t ON t.oid = b.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE b.typtype <> 'd') AS "plainType",
       coalesce((SELECT 'COLLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(o.collname)
        FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace WHERE o.oid = a.attcollation), '') AS collate
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attnum`

/** What the target has by this name; null if there is no such table. */
export async function readTargetTable(client: Client, ref: TableRef): Promise<TargetTable | null> {
  const doing = `look at table ${quoteTable(ref)} of the target`
  return ddlTransaction(client, 'look', async () => {
    const [found] = await query<{ oid: string; partitioned: boolean }>(client, doing, table, [
      ref.schema,
      ref.name,
    ])
    if (found === undefined) return null
    return {
      partitioned: found.partitioned,
      columns: await query<TargetColumn & Record<string, unknown>>(client, doing, columns, [found.oid]),
      uniqueKeys: (await readUniqueKeys(client, [found.oid])).get(found.oid) ?? [],
    }
  })
}
