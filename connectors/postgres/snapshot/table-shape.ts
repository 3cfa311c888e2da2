import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import { tableId } from '../../../core/table-ref.ts'
import { query } from '../../../databases/postgres/query.ts'
import { type Column, copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'
import { collationSql } from '../catalog/collation-sql.ts'
import type { TableKind } from './keyset-query.ts'

const shapeSql = `
  SELECT c.relkind AS kind, a.attname AS name, a.atttypid::text AS type, a.atttypmod AS modifier,
         a.attgenerated <> '' AS generated,
         ${collationSql('o', 'cn')} AS collation
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_collation o ON o.oid = a.attcollation
  LEFT JOIN pg_namespace cn ON cn.oid = o.collnamespace
  WHERE n.nspname = $1 AND c.relname = $2`

interface ShapeRow {
  readonly kind: string
  readonly name: string
  readonly type: string
  readonly modifier: number
  readonly generated: boolean
  readonly collation: string | null
}

/**
 * Whether the table still has the columns that we are going to decode, for reading `inOrder` also the order of its key. Otherwise
 * the stream, or the next start, will tell the new schema: throws `source.table_changed`.
 */
export async function checkShape(client: Client, table: TableSchema, inOrder: boolean): Promise<TableKind> {
  const rows = await query<ShapeRow>(client, 'look at the columns', shapeSql, [
    table.table.schema,
    table.table.name,
  ])
  const changed = (name: string, what: string) =>
    new MigrationError('source.table_changed', `${tableId(table.table)}: column ${name} ${what}`)
  const byName = new Map(rows.map(row => [row.name, row]))
  for (const column of copiedColumns(table)) {
    const what = difference(column, byName.get(column.name), inOrder && table.key.includes(column.name))
    if (what !== null) throw changed(column.name, what)
  }
  const added = table.key.length > 0 ? undefined : addedColumn(table, rows)
  if (added !== undefined)
    throw changed(added.name, 'was added, and the change stream has not told of it yet')
  return rows[0]?.kind === 'p' ? 'partitioned' : 'plain'
}

/**
 * With a key more columns are allowed: events that the snapshot sees are published as well, and bring their values. Without a key
 * such events are taken to be in the scan, which must have all that they say.
 */
function addedColumn(table: TableSchema, rows: readonly ShapeRow[]): ShapeRow | undefined {
  const copied = new Set(copiedColumns(table).map(column => column.name))
  return rows.find(row => !row.generated && !copied.has(row.name))
}

function difference(column: Column, found: ShapeRow | undefined, isOrder: boolean): string | null {
  if (found === undefined) return 'is gone'
  const { type, modifier, collation } = found
  if (type !== String(column.type.oid) || modifier !== column.type.modifier) return 'has another type'
  // The log never tells of it, and the key's order is that of the cursors and ranges.
  return isOrder && collation !== column.collation ? 'has another collation' : null
}
