import { type ErrorCode, MigrationError } from '../../core/errors.ts'

/** The target will never take the row as it is: it can only be parked. */
export function isRefusal(error: unknown): error is MigrationError {
  return (
    error instanceof MigrationError &&
    (error.code === 'postgres.row_refused' || error.code === 'sink.row_missing')
  )
}

/** unique_violation, exclusion_violation */
const conflicts: ReadonlySet<unknown> = new Set(['23505', '23P01'])

/** A unique constraint is broken, or one that excludes overlaps; perhaps only for now. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof MigrationError && conflicts.has(error.details['sqlState'])
}

/** The code under which the refused event is parked. */
export function parkedCode(error: MigrationError): ErrorCode {
  return isUniqueViolation(error) ? 'sink.unique_conflict' : error.code
}
