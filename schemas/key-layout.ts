import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { ConnectSchema } from './connect-schema.ts'
import { type ColumnLayout, rowLayout } from './row-layout.ts'
import type { TableSchema } from './table-schema.ts'

/** One column of the key, and where it is in the row. */
export interface KeyColumn {
  readonly index: number
  readonly layout: ColumnLayout
}

/** The columns of the key in the order of the index. Empty: the table has no key. */
export function keyLayout(schema: TableSchema): readonly KeyColumn[] {
  const row = rowLayout(schema)
  return schema.key.map(name => {
    const index = row.findIndex(column => column.name === name)
    const layout = row[index]
    if (layout !== undefined) return { index, layout }
    throw new MigrationError(
      'schema.key_not_copied',
      `${tableId(schema.table)}: key column ${name} is generated, so its values are not in the events`,
    )
  })
}

/** The schema of the keys; null if the table has none. */
export function keySchema(schema: TableSchema, topic: string): ConnectSchema | null {
  const columns = keyLayout(schema)
  if (columns.length === 0) return null
  return {
    type: 'struct',
    fields: columns.map(column => ({ ...column.layout.schema, optional: false })),
    optional: false,
    name: `${topic}.Key`,
  }
}
