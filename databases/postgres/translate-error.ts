import { DatabaseError } from 'pg'
import type { ErrorCode } from '../../core/errors.ts'
import { MigrationError } from '../../core/errors.ts'
import { isTlsFailure } from '../../core/tls-failure.ts'

/** What the server says about an error, without the fields that may hold a row's values. */
export interface ServerErrorFields {
  readonly code: string
  readonly message: string
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  readonly dataType?: string | undefined
  /** It was reading a value of a COPY. */
  readonly readsValue?: boolean
}

/**
 * Turns whatever the driver threw into a coded error. `doing` says what was tried, for the message. An error of the
 * server never becomes a `cause`: it carries the values of the row that it complains about.
 */
export function translateError(error: unknown, doing: string): MigrationError {
  if (error instanceof MigrationError) return error
  if (error instanceof DatabaseError) return translateServerError(fieldsOf(error), doing)
  if (!(error instanceof Error)) return new MigrationError('postgres.failed', `${doing}: ${String(error)}`)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null
  return new MigrationError(clientCode(error, code), `${doing}: ${error.message || code}`, {
    cause: error,
    details: { code },
  })
}

function fieldsOf(error: DatabaseError): ServerErrorFields {
  const { code, message, schema, table, column, constraint, dataType, where } = error
  return {
    code: code ?? '',
    message,
    schema,
    table,
    column,
    constraint,
    dataType,
    readsValue: readsValue(where),
  }
}

/** Whether an error's context says so. Only this is kept of it: it holds the value. A trigger's own failure has its function in front. */
export function readsValue(context: string | undefined): boolean {
  return context?.startsWith('COPY ') === true
}

/** The same for an error message that was read from the wire. */
export function translateServerError(fields: ServerErrorFields, doing: string): MigrationError {
  // The value of a reg* type names what is not there.
  const namesNothing = fields.readsValue === true && namesUnknown.has(fields.code)
  const code = namesNothing ? 'postgres.row_refused' : codeOfSqlState(fields.code)
  const text = namesNothing || fields.code.startsWith('22') ? 'the database refuses a value' : fields.message
  const { schema, table, column, constraint, dataType } = fields
  return new MigrationError(code, `${doing}: ${text} (SQLSTATE ${fields.code})`, {
    details: { sqlState: fields.code, schema, table, column, constraint, dataType },
  })
}

/** undefined_table, undefined_object, undefined_function, invalid_schema_name */
const namesUnknown: ReadonlySet<string> = new Set(['42P01', '42704', '42883', '3F000'])

const byState: Readonly<Record<string, ErrorCode>> = {
  '57P01': 'postgres.unreachable',
  '57P02': 'postgres.unreachable',
  '57P03': 'postgres.unreachable',
  '57P05': 'postgres.unreachable',
  '25006': 'postgres.read_only',
  '25P04': 'postgres.conflict',
  '57014': 'postgres.conflict',
  '42501': 'postgres.denied',
  '3D000': 'postgres.database_missing',
  '40001': 'postgres.conflict',
  '40P01': 'postgres.conflict',
  '55P03': 'postgres.conflict',
  // A key too large for an index, a view's check option, an exception of the user's own trigger.
  '54000': 'postgres.row_refused',
  '44000': 'postgres.row_refused',
  P0001: 'postgres.row_refused',
}

const byClass: Readonly<Record<string, ErrorCode>> = {
  '08': 'postgres.unreachable',
  '22': 'postgres.row_refused',
  '23': 'postgres.row_refused',
  '28': 'postgres.auth',
  '53': 'postgres.full',
}

function codeOfSqlState(state: string): ErrorCode {
  return byState[state] ?? byClass[state.slice(0, 2)] ?? 'postgres.failed'
}

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
])

function clientCode(error: Error, code: string | null): ErrorCode {
  // The driver reports a connection that ended, or took too long to open, as a plain Error without any code.
  if (code === null)
    return error.constructor === Error || error instanceof AggregateError
      ? 'postgres.unreachable'
      : 'postgres.failed'
  if (networkCodes.has(code)) return 'postgres.unreachable'
  return isTlsFailure(code) ? 'postgres.tls' : 'postgres.failed'
}
