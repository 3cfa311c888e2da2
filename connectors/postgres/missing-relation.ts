import { MigrationError } from '../../core/errors.ts'
import { type TableRef, tableId } from '../../core/table-ref.ts'

/** What the server says of a table, or of its schema, that is not there. */
const sqlStates: ReadonlySet<unknown> = new Set(['42P01', '3F000'])

/** Rethrows what a statement that names tables failed with: as `source.table_missing` when one of them is not there any more. */
export function tableMissing(table: TableRef | null): (error: unknown) => never {
  return cause => {
    if (!(cause instanceof MigrationError) || !sqlStates.has(cause.details['sqlState'])) throw cause
    const details = table === null ? {} : { table: tableId(table) }
    throw new MigrationError('source.table_missing', cause.message, { cause, details })
  }
}
