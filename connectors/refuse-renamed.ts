import { MigrationError } from '../core/errors.ts'
import { type TableRef, tableId } from '../core/table-ref.ts'
import type { Column, TableSchema } from '../schemas/table-schema.ts'

/** A table with what tells its columns apart. */
export interface NumberedTable {
  readonly table: TableRef
  readonly columns: readonly NumberedColumn[]
}

type NumberedColumn = Pick<Column, 'name' | 'number'> & Partial<Pick<Column, 'generated'>>

/**
 * A column that the log has told of under one name must not have another one now: in the log a rename looks like a dropped and an
 * added column, and the values of rows that nobody changes would be missing in the new one. Throws `schema.column_renamed`.
 * Nor may another column have its name: rows that nobody changes would keep the old one's values. Throws `schema.column_replaced`.
 */
export function refuseRenamed(known: NumberedTable, now: NumberedTable): void {
  for (const column of known.columns) {
    const current = sameNumber(now, column)
    if (current !== undefined && current.name !== column.name) throw renamed(known, column.name, current.name)
    if (current === undefined && isReplaced(column, now)) throw replaced(known, column.name)
  }
}

/** The values of generated ones are the target's own business. */
function isReplaced({ name, number, generated }: NumberedColumn, { columns }: NumberedTable): boolean {
  if (typeof generated === 'string') return false
  return number !== undefined && columns.some(column => column.name === name && column.number !== undefined)
}

/** The same where the log names these columns: one that it has told of before, and that is still there, was called otherwise in between. */
export function refuseRenamedMeanwhile(
  known: TableSchema,
  now: TableSchema,
  named: ReadonlySet<string>,
): void {
  refuseRenamed(known, now)
  const lacking = known.columns.find(
    column => column.generated === null && !named.has(column.name) && sameNumber(now, column) !== undefined,
  )
  if (lacking !== undefined) throw renamed(known, lacking.name, 'something else for a while')
}

function sameNumber({ columns }: NumberedTable, { number }: NumberedColumn): NumberedColumn | undefined {
  return number === undefined ? undefined : columns.find(column => column.number === number)
}

function renamed({ table }: NumberedTable, from: string, to: string): MigrationError {
  const found = `column "${from}" of ${tableId(table)} was renamed to ${to}`
  return new MigrationError('schema.column_renamed', found, {
    details: { table: tableId(table), column: from },
  })
}

function replaced({ table }: NumberedTable, name: string): MigrationError {
  const found = `column "${name}" of ${tableId(table)} was dropped, and another one of its name was added`
  return new MigrationError('schema.column_replaced', found, {
    details: { table: tableId(table), column: name },
  })
}

/** A table of which the log may still tell in an older shape: its columns are known by their names only. */
export function withoutNumbers(schema: TableSchema): TableSchema {
  return { ...schema, columns: schema.columns.map(withoutNumber) }
}

function withoutNumber(column: Column): Column {
  const { number: _number, ...rest } = column
  return rest
}
