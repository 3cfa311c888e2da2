import type { Client } from 'pg'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { quoteTable } from '../../../databases/postgres/quote.ts'
import { readAppliedOffsets } from '../ddl/applied-offsets.ts'
import { readBuiltObjects } from '../ddl/built-objects.ts'
import { readUniqueKeys } from '../ddl/unique-keys.ts'
import type { TargetColumn, TargetTable, WantedTable } from './target-table.ts'

/** What one query tells of a table. */
type Facts = Omit<TargetTable, keyof Details | 'begun' | 'hasRows'> & { readonly place: number }
type Details = Pick<TargetTable, 'columns' | 'uniqueKeys' | 'objects'>

const tables = `
SELECT w.place::int AS place, c.oid::int8::text AS oid, c.relkind::text AS kind, c.relpersistence = 'u' AS unlogged,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned, pg_catalog.row_security_active(c.oid) AS "rowSecurity",
       ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p
             WHERE NOT pg_catalog.has_table_privilege(c.oid, p)) AS "missingPrivileges",
       ARRAY(SELECT t.tgname::text FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('A', 'R')
             UNION ALL
             SELECT r.rulename::text FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_type <> '1' AND r.ev_enabled IN ('A', 'R')) AS "firingTriggers",
       ARRAY(SELECT t.tgname::text FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled = 'O') AS "quietTriggers"
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(schema, name, place)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name`

const columns = `
SELECT a.attrelid::int8::text AS table, a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS sql,
       t.typname::text AS "typeName", a.atttypmod AS modifier, tn.nspname = 'pg_catalog' AS "builtIn",
       NOT a.attnotnull AS nullable, d.adbin IS NOT NULL AS "hasDefault", a.attidentity <> '' AS identity,
       CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS generated,
       CASE WHEN a.attcollation <> t.typcollation OR NOT c.collisdeterministic THEN pg_catalog.quote_ident(cn.nspname) || '.' || pg_catalog.quote_ident(c.collname) END AS collation,
       coalesce(c.collisdeterministic, true) AS deterministic
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = c.collnamespace
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum`

/** What the target has by the names of these tables, in their order; null where there is nothing. For an empty search path. */
export async function readTargetTables(
  client: Client,
  migration: string,
  wanted: readonly WantedTable[],
): Promise<readonly (TargetTable | null)[]> {
  const facts = await query<Facts>(client, 'look at the tables of the target', tables, [
    wanted.map(({ schema }) => schema.table.schema),
    wanted.map(({ schema }) => schema.table.name),
  ])
  const byPlace = new Map(facts.map(table => [table.place, table]))
  const detailsOf = await readDetails(client, facts, wanted)
  const topics = await begunTopics(client, migration)
  const read: (TargetTable | null)[] = []
  for (const [index, table] of wanted.entries()) {
    const known = byPlace.get(index + 1)
    const begun = table.topic !== null && topics.has(table.topic)
    const mayLook = known !== undefined && canRead(known) && !begun
    const rows = mayLook && (await hasRows(client, table))
    read.push(known === undefined ? null : { ...known, ...detailsOf(known, table), begun, hasRows: rows })
  }
  return read
}

async function readDetails(client: Client, facts: readonly Facts[], wanted: readonly WantedTable[]) {
  const oids = facts.map(({ oid }) => oid)
  const doing = 'look at the columns of the target'
  const all = await query<TargetColumn & Record<string, unknown>>(client, doing, columns, [oids])
  const byTable = new Map<string, TargetColumn[]>(oids.map(oid => [oid, []]))
  for (const column of all) byTable.get(column.table)?.push(column)
  const uniqueKeys = await readUniqueKeys(client, oids)
  const refs = wanted.map(({ schema }) => schema.table)
  const objects = await readBuiltObjects(client, refs)
  return ({ oid }: Facts, { schema }: WantedTable): Details => ({
    columns: byTable.get(oid) ?? [],
    uniqueKeys: uniqueKeys.get(oid) ?? [],
    objects: objects.get(tableId(schema.table)) ?? [],
  })
}

async function begunTopics(client: Client, migration: string): Promise<ReadonlySet<string>> {
  const applied = await readAppliedOffsets(client, migration)
  return new Set(applied.filter(({ offset }) => offset > 0n).map(({ topic }) => topic))
}

function canRead({ kind, rowSecurity, missingPrivileges }: Facts): boolean {
  return (kind === 'r' || kind === 'p') && !rowSecurity && !missingPrivileges.includes('SELECT')
}

async function hasRows(client: Client, { schema }: WantedTable): Promise<boolean> {
  const sql = `SELECT EXISTS (SELECT FROM ${quoteTable(schema.table)}) AS rows`
  const [row] = await query<{ rows: boolean }>(client, `look for rows in ${tableId(schema.table)}`, sql)
  return row?.rows ?? false
}
