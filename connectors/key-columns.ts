import type { ColumnType } from '../schemas/column-type.ts'
import type { Column, TableSchema } from '../schemas/table-schema.ts'

/** Types whose values have one order and one encoding: a key may change between them, and stays in its place and partition. */
const alike: readonly ReadonlySet<string>[] = [
  new Set(['int2', 'int4', 'int8']),
  new Set(['text', 'varchar']),
]

export interface ChangedKeyColumn {
  readonly before: Column
  readonly now: Column
}

/**
 * The first column of the key, which has the same names as before, whose values have another order or other bytes now; null if
 * there is none. Ranges and cursors of the copy are places in that order, and the bytes choose the partition.
 */
export function changedKeyColumn(before: TableSchema, now: TableSchema): ChangedKeyColumn | null {
  for (const name of before.key) {
    const [old, current] = [columnOf(before, name), columnOf(now, name)]
    if (old !== undefined && current !== undefined && !isAlike(old, current))
      return { before: old, now: current }
  }
  return null
}

function columnOf({ columns }: TableSchema, name: string): Column | undefined {
  return columns.find(column => column.name === name)
}

function isAlike(before: Column, now: Column): boolean {
  if (before.collation !== now.collation) return false
  if (before.type.oid === now.type.oid && before.type.modifier === now.type.modifier) return true
  const names = [builtIn(before.type), builtIn(now.type)]
  return alike.some(family => names.every(name => name !== null && family.has(name)))
}

function builtIn(type: ColumnType): string | null {
  return type.kind === 'base' && type.extension === null ? type.name : null
}
