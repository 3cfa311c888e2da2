import type { ColumnType } from '../../schemas/column-type.ts'
import type { Column, TableSchema } from '../../schemas/table-schema.ts'

export function column(name: string, type: ColumnType, more: Partial<Column> = {}): Column {
  const plain = { default: null, missingValue: null, identity: null, generated: null, collation: null }
  return { name, type, nullable: true, ...plain, ...more }
}

/** A table `public.<name>`; key columns are not nullable. */
export function testTable(name: string, columns: readonly Column[], key: readonly string[]): TableSchema {
  return {
    table: { schema: 'public', name },
    columns: columns.map(each => (key.includes(each.name) ? { ...each, nullable: false } : each)),
    key,
    identity: key.length === 0 ? 'full' : 'default',
    requires: [],
    primaryKey:
      key.length === 0
        ? null
        : {
            kind: 'primary-key',
            name: `${name}_pkey`,
            create: `PRIMARY KEY (${key.map(part => `"${part}"`).join(', ')})`,
          },
    secondary: [],
  }
}
