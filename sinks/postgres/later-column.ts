import { MigrationError } from '../../core/errors.ts'
import { quoteIdentifier } from '../../databases/postgres/quote.ts'
import type { Column } from '../../schemas/table-schema.ts'
import type { TableVersion } from '../table-version.ts'
import type { TargetColumn, TargetTable } from './target-columns.ts'

/** A column that the source's table got after the events of a version were written, and that the target has. */
export interface LaterColumn extends TargetColumn {
  readonly sql: string
  /** Its name in the staging table. */
  readonly staged: string
  /** What the source gave to the rows that it had, as text; null is NULL. */
  readonly text: string | null
}

/**
 * The columns for which a row of this version would get what the target gives to new rows today, although the source's row
 * has what was given when the column came. Throws `schema.older_rows_unknown` when that is not known.
 */
export function laterColumns({ id, state, decoder }: TableVersion, target: TargetTable): LaterColumn[] {
  const written = new Set(decoder.columns.map(column => column.name))
  const later: LaterColumn[] = []
  for (const column of state.schema.columns) {
    if (column.generated !== null || written.has(column.name)) continue
    const found = target.columns.find(({ name }) => name === column.name)
    if (found === undefined || (column.missingValue === null && !found.filled)) continue
    if (column.missingValue === null && !hadNull(column, found)) throw unknown(id, column.name)
    const staged = `later${later.length}`
    later.push({ ...found, sql: quoteIdentifier(column.name), staged, text: column.missingValue })
  }
  return later
}

/** Without a default of its own the rows got NULL, unless the type has one. */
function hadNull(column: Column, { typeFills }: TargetColumn): boolean {
  return column.nullable && column.default === null && column.identity === null && !typeFills
}

function unknown(table: string, column: string): MigrationError {
  return new MigrationError(
    'schema.older_rows_unknown',
    `events of ${table} are older than its column "${column}", and what the source gave to their rows is not known: the target would fill in what new rows get`,
    { details: { table, column } },
  )
}
