import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { query } from '../../databases/postgres/query.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { readAppliedOffsets } from './ddl/applied-offsets.ts'
import { ddlTransaction } from './ddl/ddl-transaction.ts'
import { ourSchema } from './our-schema.ts'

/** A table of the source, and its topic; null while the migration has not begun with it. */
interface NotedTable {
  readonly schema: TableSchema
  readonly topic: string | null
}

/**
 * By what the source knows, or knew, the columns that the target's table has or had; null for one that the target had of its own before
 * rows came. A column of the target that is not among them was made or renamed by somebody else.
 */
export type NotedColumns = ReadonlyMap<string, number | null>

const exists = `SELECT pg_catalog.to_regclass('switchback.columns') IS NOT NULL AS exists`

const columns = `
CREATE TABLE IF NOT EXISTS switchback.columns (
  migration text NOT NULL,
  topic text NOT NULL,
  name text NOT NULL,
  number int,
  place int NOT NULL,
  PRIMARY KEY (migration, topic, name)
)`

const compared = `
WITH target AS (
  SELECT w.topic, w.begun, a.attname::text AS name, a.attnum::int AS place
  FROM unnest($2::text[], $3::text[], $4::text[], $5::boolean[]) AS w(topic, schema, name, begun)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
), source AS (
  SELECT * FROM unnest($6::text[], $7::text[], $8::int[]) AS s(topic, name, number)
)`

const replaced = `${compared}
SELECT t.topic, t.name FROM target t
JOIN source s ON s.topic = t.topic AND s.name = t.name
JOIN switchback.columns k ON k.migration = $1 AND k.topic = t.topic AND k.name = t.name AND k.place = t.place
WHERE t.begun AND k.number <> s.number`

// In one order everywhere, so that two instances that note at the same time do not wait for each other.
const note = `${compared}
INSERT INTO switchback.columns AS k (migration, topic, name, number, place)
SELECT $1, t.topic, t.name, s.number, t.place FROM target t LEFT JOIN source s ON s.topic = t.topic AND s.name = t.name
WHERE CASE WHEN s.name IS NULL THEN NOT t.begun ELSE s.number IS NOT NULL END
  AND NOT EXISTS (SELECT FROM switchback.columns o WHERE o.migration = $1 AND o.topic = t.topic AND o.name = t.name
    AND (s.number IS NULL OR (o.number, o.place) = (s.number, t.place)))
ORDER BY t.topic, t.name
ON CONFLICT (migration, topic, name) DO UPDATE SET number = EXCLUDED.number, place = EXCLUDED.place
WHERE EXCLUDED.number IS NOT NULL AND (k.number, k.place) IS DISTINCT FROM (EXCLUDED.number, EXCLUDED.place)`

const noted = `SELECT name, number FROM switchback.columns WHERE migration = $1 AND topic = $2`

/** Makes the table for the notes, unless it is there. */
export async function ensureNotes(client: Client): Promise<void> {
  const doing = 'make the table of noted columns'
  const [found] = await query<{ exists: boolean }>(client, doing, exists)
  if (found?.exists === true) return
  await ddlTransaction(client, 'change', async () => {
    for (const sql of [...ourSchema, columns]) await query(client, doing, sql)
  })
}

/**
 * Notes what the tables of the target have of the source, and what they have of their own if no rows have come yet. Throws
 * `schema.column_replaced` for a column of the target that is noted as another one of the source: its rows hold that one's values.
 */
export async function noteColumns(
  client: Client,
  migration: string,
  tables: readonly NotedTable[],
): Promise<void> {
  const applied = await readAppliedOffsets(client, migration)
  const begun = new Set(applied.filter(({ offset }) => offset > 0n).map(({ topic }) => topic))
  const known = tables.filter(({ topic }) => topic !== null)
  const ofSource = known.flatMap(({ topic, schema }) => schema.columns.map(column => ({ topic, ...column })))
  const parameters = [
    migration,
    known.map(({ topic }) => topic),
    known.map(({ schema: { table } }) => table.schema),
    known.map(({ schema: { table } }) => table.name),
    known.map(({ topic }) => topic !== null && begun.has(topic)),
    ofSource.map(({ topic }) => topic),
    ofSource.map(({ name }) => name),
    ofSource.map(({ number }) => number ?? null),
  ]
  const doing = 'note the columns of the target'
  const [other] = await query<{ topic: string; name: string }>(client, doing, replaced, parameters)
  if (other !== undefined) throw replacedError(other)
  await query(client, doing, note, parameters)
}

function replacedError(details: { readonly topic: string; readonly name: string }): MigrationError {
  const found = `the column "${details.name}" of the target's table for ${details.topic} has the values of one that the source has dropped`
  return new MigrationError('schema.column_replaced', found, { details })
}

export async function readNotedColumns(
  client: Client,
  migration: string,
  topic: string,
): Promise<NotedColumns> {
  const doing = 'read the noted columns of the target'
  const rows = await query<{ name: string; number: number | null }>(client, doing, noted, [migration, topic])
  return new Map(rows.map(({ name, number }) => [name, number]))
}
