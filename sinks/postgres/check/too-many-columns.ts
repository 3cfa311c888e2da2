import type { Finding } from '../../../core/finding.ts'
import { tableId } from '../../../core/table-ref.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'

/** What PostgreSQL allows. */
const mostOfTable = 1_600

/**
 * Changes go through a temporary table that has the columns and more: what to do with a row, and with a key also its place. New rows alone
 * do not, so that a table which is too wide would stop the migration only at its first change.
 */
export function tooManyColumns({ table, key, columns }: TableSchema): Finding[] {
  const most = mostOfTable - (key.length === 0 ? 1 : 2)
  const written = columns.filter(({ generated }) => generated === null).length
  if (written <= most) return []
  return [
    {
      severity: 'error',
      code: 'target.too_many_columns',
      subject: tableId(table),
      message: `The table has ${written} columns that are not generated. Its changes can be written with ${most}.`,
      remedy: 'Leave the table out of the migration, or drop columns at the source.',
    },
  ]
}
