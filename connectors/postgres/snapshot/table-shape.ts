import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'
import type { TableKind } from './keyset-query.ts'

const shapeSql = `
  SELECT c.relkind AS kind, a.attname AS name, a.atttypid::text AS type, a.atttypmod AS modifier
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE n.nspname = $1 AND c.relname = $2`

interface ShapeRow {
  readonly kind: string
  readonly name: string
  readonly type: string
  readonly modifier: number
}

/**
 * Whether the table still has the columns that we are going to decode; more are allowed. Otherwise the stream will tell the new
 * schema soon: throws `source.table_changed`.
 */
export async function checkShape(client: Client, table: TableSchema): Promise<TableKind> {
  const rows = await query<ShapeRow>(client, 'look at the columns', shapeSql, [
    table.table.schema,
    table.table.name,
  ])
  const byName = new Map(rows.map(row => [row.name, row]))
  for (const column of copiedColumns(table)) {
    const found = byName.get(column.name)
    if (found?.type === String(column.type.oid) && found.modifier === column.type.modifier) continue
    const what = found === undefined ? 'is gone' : 'has another type'
    throw new MigrationError('source.table_changed', `${tableId(table.table)}: column ${column.name} ${what}`)
  }
  return rows[0]?.kind === 'p' ? 'partitioned' : 'plain'
}
