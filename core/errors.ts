import { errorCatalogue } from './error-catalogue.ts'

/** Every way in which Switchback fails on purpose. The catalogue says what it means and what to do. */
export type ErrorCode = keyof typeof errorCatalogue

/** retry: try again with back-off, forever, and show it. halt: stop at this place and change nothing. ask: the user's input is wrong. */
export type Decision = 'retry' | 'halt' | 'ask'

export interface ErrorEntry {
  readonly decision: Decision
  /** Process exit code when this error ends a command. */
  readonly exit: number
  readonly meaning: string
  readonly remedy: string
}

export interface ErrorContext {
  readonly cause?: unknown
  /** Facts for the log and for JSON output. Never a secret, never a row's values. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** An error that carries a decision. The message says what was found and where; the catalogue's remedy says what to do. */
export class MigrationError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = 'MigrationError'
    this.code = code
    this.details = context.details ?? {}
  }

  get entry(): ErrorEntry {
    return errorCatalogue[this.code]
  }
}

/** Whether trying again may help. An error that nobody classified is never retried: it halts. */
export function isRetriable(error: unknown): boolean {
  return error instanceof MigrationError && error.entry.decision === 'retry'
}
