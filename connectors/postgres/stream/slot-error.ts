import { type ErrorCode, MigrationError } from '../../../core/errors.ts'

/** in use; does not exist; invalidated; its files are gone. */
const slotStates: Readonly<Record<string, ErrorCode>> = {
  '55006': 'source.slot_in_use',
  '42704': 'source.log_lost',
  '55000': 'source.log_lost',
  '58P01': 'source.log_lost',
}

/** An error of a statement about the slot, in our terms. */
export function slotError(error: unknown, slot: string): unknown {
  if (!(error instanceof MigrationError)) return error
  const code = slotStates[String(error.details['sqlState'])]
  if (code === undefined) return error
  return new MigrationError(code, error.message, { details: { ...error.details, slot } })
}
