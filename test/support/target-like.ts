import type { TableSchema } from '../../schemas/table-schema.ts'
import type { TargetTable } from '../../sinks/postgres/target-columns.ts'

/** A table of the target as Switchback creates it for a source's table with plain columns. */
export function targetLike({ columns, key }: TableSchema): TargetTable {
  const plain = { fixed: false, filled: false, typeFills: false, collate: '' }
  return {
    partitioned: false,
    columns: columns.map(({ name, type }) => ({ ...plain, name, type: type.sql, plainType: type.sql })),
    uniqueKeys: key.length === 0 ? [] : [{ columns: key, equals: key.map(() => '=') }],
  }
}
