import type { Client } from 'pg'
import { query } from '../../../databases/postgres/query.ts'
import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import type { SegmentState } from '../../../schemas/state.ts'
import type { Column, TableSchema } from '../../../schemas/table-schema.ts'
import { evenBoundaries, interpolated, type WeightedValue } from './boundaries.ts'

/** Cuts a keyed table into at most `count` ranges of its first key column, about equal in rows. */
export async function segments(client: Client, table: TableSchema, count: number): Promise<SegmentState[]> {
  const column = table.columns.find(candidate => candidate.name === table.key[0])
  const boundaries = count <= 1 || column === undefined ? [] : await cut(client, table, column, count)
  const bounds = [null, ...boundaries.map(value => [value]), null]
  return bounds.slice(1).map((to, index) => ({ from: bounds[index] ?? null, to, cursor: null, done: false }))
}

async function cut(client: Client, table: TableSchema, column: Column, count: number): Promise<string[]> {
  const known = await statistics(client, table, column)
  if (known.length >= count) return evenBoundaries(known, count)
  const kind = baseName(column.type)
  if (!/^(int2|int4|int8|uuid)$/.test(kind)) return evenBoundaries(known, count)
  const [low, high] = await ends(client, table, column)
  return low === undefined || high === undefined ? [] : interpolated(kind, [low, high], count)
}

/**
 * What ANALYZE found, in the column's own order: values with the share of rows up to each. Buckets of the histogram are
 * equal; frequent values are in none of them.
 */
async function statistics(client: Client, table: TableSchema, column: Column): Promise<WeightedValue[]> {
  const value = `value::${column.type.sql}${column.collation === null ? '' : ` COLLATE ${column.collation}`}`
  return query<{ value: string; weight: number }>(
    client,
    'read the statistics',
    `WITH found AS (
       SELECT histogram_bounds::text::text[] AS bounds,
              most_common_vals::text::text[] AS vals,
              most_common_freqs::float8[] AS freqs
       FROM pg_stats
       WHERE schemaname = $1 AND tablename = $2 AND attname = $3
       ORDER BY inherited
       LIMIT 1
     ), weighted AS (
       SELECT value, 1.0 / greatest(cardinality(bounds) - 1, 1) AS weight, true AS bucket
       FROM found, unnest(bounds) AS value
       UNION ALL
       SELECT value, freq, false FROM found, unnest(vals, freqs) AS common (value, freq)
     )
     SELECT value,
            (weight * CASE WHEN bucket
              THEN 1 - coalesce((SELECT sum(freq) FROM found, unnest(freqs) AS freq), 0) ELSE 1 END)::float8 AS weight
     FROM weighted ORDER BY ${value}`,
    [table.table.schema, table.table.name, column.name],
  )
}

async function ends(client: Client, table: TableSchema, column: Column): Promise<string[]> {
  // Qualified: a bare name after ORDER BY would mean the text that is selected.
  const name = `t.${quoteIdentifier(column.name)}`
  const end = (order: string) =>
    `(SELECT ${name}::text FROM ${quoteTable(table.table)} AS t ORDER BY ${name} ${order} LIMIT 1)`
  const rows = await query<{ value: string | null }>(
    client,
    'find the ends of the key',
    `SELECT ${end('ASC')} AS value UNION ALL SELECT ${end('DESC')}`,
  )
  return rows.flatMap(row => row.value ?? [])
}

function baseName(type: ColumnType): string {
  return type.kind === 'domain' ? baseName(type.base) : type.name
}
