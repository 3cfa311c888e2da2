import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { Column, TableSchema } from '../schemas/table-schema.ts'

/**
 * A column that the log has told of under one name must not have another one now: in the log a rename looks like a dropped and an
 * added column, and the values of rows that nobody changes would be missing in the new one. Throws `schema.column_renamed`.
 */
export function refuseRenamed(known: TableSchema, now: TableSchema): void {
  for (const column of known.columns) {
    const current = sameNumber(now, column)
    if (current !== undefined && current.name !== column.name) throw renamed(known, column.name, current.name)
  }
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

function sameNumber({ columns }: TableSchema, { number }: Column): Column | undefined {
  return number === undefined ? undefined : columns.find(column => column.number === number)
}

function renamed({ table }: TableSchema, from: string, to: string): MigrationError {
  const found = `column "${from}" of ${tableId(table)} was renamed to ${to}`
  return new MigrationError('schema.column_renamed', found, {
    details: { table: tableId(table), column: from },
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
