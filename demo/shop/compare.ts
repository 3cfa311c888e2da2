import type { Client } from 'pg'

export interface TableDigest {
  readonly table: string
  readonly rows: number
  /** Does not depend on the order of the rows, and tells how often equal rows are there. */
  readonly digest: string
}

const settings =
  "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; SET extra_float_digits = 1"

const tablesSql = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  ORDER BY 1`

/** Reads every row of every table of a schema, as text. */
export async function digests(client: Client, schema: string): Promise<readonly TableDigest[]> {
  await client.query(settings)
  const tables = await client.query<{ name: string }>(tablesSql, [schema])
  const found: TableDigest[] = []
  for (const { name } of tables.rows) found.push(await digest(client, name))
  return found
}

async function digest(client: Client, table: string): Promise<TableDigest> {
  // The name comes quoted from the catalogue.
  const result = await client.query<{ rows: string; digest: string }>(
    `SELECT count(*) AS rows,
       coalesce(sum(('x' || left(m, 16))::bit(64)::bigint::numeric), 0) || '/' ||
       coalesce(sum(('x' || right(m, 16))::bit(64)::bigint::numeric), 0) AS digest
     FROM (SELECT md5(t::text) AS m FROM ${table} t) hashed`,
  )
  const row = result.rows[0]
  return { table, rows: Number(row?.rows), digest: row?.digest ?? '' }
}

/** The shop's invariant: what all customers own together. */
export async function money(client: Client): Promise<string> {
  const result = await client.query<{ sum: string }>('SELECT sum(balance) FROM shop.customers')
  return result.rows[0]?.sum ?? ''
}
