import type { Client } from 'pg'
import { query } from '../../databases/postgres/query.ts'
import type { TableRef } from '../../core/table-ref.ts'
import { readUniqueKeys, type UniqueKey } from './ddl/unique-keys.ts'
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

const doing = 'look at the tables of the target'

export interface TargetTable {
  readonly partitioned: boolean
  readonly columns: readonly TargetColumn[]
  readonly uniqueKeys: readonly UniqueKey[]
}

const tables = `
SELECT w.place::int AS place, c.oid::int8::text AS oid, c.relkind = 'p' AS partitioned
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(schema, name, place)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind IN ('r', 'p')`

const columns = `
SELECT a.attrelid::int8::text AS table, a.attname::text AS name, a.attidentity = 'a' AS fixed,
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
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
ORDER BY a.attrelid, a.attnum`

interface FoundTable {
  readonly place: number
  readonly oid: string
  readonly partitioned: boolean
}

/** What the target has by these names, in their order; null where there is no such table. */
export async function readTargetColumns(
  client: Client,
  refs: readonly TableRef[],
): Promise<readonly (TargetTable | null)[]> {
  return ddlTransaction(client, 'look', async () => {
    const found = await query<FoundTable & Record<string, unknown>>(client, doing, tables, [
      refs.map(({ schema }) => schema),
      refs.map(({ name }) => name),
    ])
    const oids = found.map(({ oid }) => oid)
    const columnsOf = await readColumns(client, oids)
    const uniqueKeys = await readUniqueKeys(client, oids)
    const byPlace = new Map(found.map(table => [table.place, table]))
    return refs.map((_, index) => {
      const table = byPlace.get(index + 1)
      if (table === undefined) return null
      const { oid, partitioned } = table
      return { partitioned, columns: columnsOf.get(oid) ?? [], uniqueKeys: uniqueKeys.get(oid) ?? [] }
    })
  })
}

async function readColumns(
  client: Client,
  oids: readonly string[],
): Promise<ReadonlyMap<string, readonly TargetColumn[]>> {
  const rows = await query<TargetColumn & { table: string }>(client, doing, columns, [oids])
  const byTable = new Map<string, TargetColumn[]>(oids.map(oid => [oid, []]))
  for (const { table, ...column } of rows) byTable.get(table)?.push(column)
  return byTable
}
