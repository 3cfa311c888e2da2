import { MigrationError } from './errors.ts'

/** An error as facts: for the log, for JSON output and for people. Holds nothing but what is named here. */
export interface ErrorReport {
  /** A code of the catalogue, or `unexpected`. */
  readonly code: string
  readonly message: string
  /** Facts that say where. */
  readonly details: Readonly<Record<string, unknown>>
  readonly remedy: string
  readonly exit: number
  /** Messages of the errors behind it, the nearest first. */
  readonly causes: readonly string[]
  /** Only of errors nobody expected. */
  readonly stack: string | null
}

export function errorReport(error: unknown): ErrorReport {
  const causes = causesOf(error)
  if (error instanceof MigrationError) {
    const { code, message, details } = error
    const { remedy, exit } = error.entry
    return { code, message, details, remedy, exit, causes, stack: null }
  }
  return {
    code: 'unexpected',
    message: messageOf(error),
    details: {},
    remedy: 'This is a fault in Switchback. Please report it together with the log.',
    exit: 1,
    causes,
    stack: error instanceof Error ? (error.stack ?? null) : null,
  }
}

/** What failed, in one line: `kafka.unreachable: …`. */
export function reasonOf(error: unknown): string {
  const { code, message } = errorReport(error)
  return `${code}: ${message}`
}

function causesOf(error: unknown): readonly string[] {
  const causes: string[] = []
  let cause = error instanceof Error ? error.cause : undefined
  // A chain that leads back into itself would never end.
  while (cause !== undefined && cause !== null && causes.length < 8) {
    causes.push(messageOf(cause))
    cause = cause instanceof Error ? cause.cause : undefined
  }
  return causes
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  if (error instanceof Error) return error.message
  return String(error)
}
