import { MigrationError } from '../core/errors.ts'
import type { ErrorCode } from '../core/errors.ts'
import { isTlsFailure } from '../core/tls-failure.ts'

/** The fields by which kafkajs's errors are told apart. `type` is the broker's error, `name` the client's, `code` Node's. */
interface ClientError {
  readonly name?: string
  readonly type?: string
  readonly code?: unknown
  readonly cause?: unknown
  readonly errors?: readonly unknown[]
  readonly retriable?: boolean
}

const byType: Readonly<Record<string, ErrorCode>> = {
  INVALID_PRODUCER_EPOCH: 'kafka.fenced',
  PRODUCER_FENCED: 'kafka.fenced',
  MESSAGE_TOO_LARGE: 'kafka.record_too_large',
  RECORD_LIST_TOO_LARGE: 'kafka.record_too_large',
  OFFSET_OUT_OF_RANGE: 'kafka.offset_lost',
  UNKNOWN_TOPIC_OR_PARTITION: 'kafka.topic_missing',
  TOPIC_AUTHORIZATION_FAILED: 'kafka.denied',
  GROUP_AUTHORIZATION_FAILED: 'kafka.denied',
  CLUSTER_AUTHORIZATION_FAILED: 'kafka.denied',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'kafka.denied',
  SASL_AUTHENTICATION_FAILED: 'kafka.denied',
  UNSUPPORTED_SASL_MECHANISM: 'kafka.denied',
  ILLEGAL_SASL_STATE: 'kafka.denied',
  CONCURRENT_TRANSACTIONS: 'kafka.unreachable',
  // A trouble of the broker's own, such as too little memory. Whatever we send may be sent again.
  UNKNOWN: 'kafka.unreachable',
  UNSUPPORTED_VERSION: 'kafka.too_old',
}

const byName: Readonly<Record<string, ErrorCode>> = {
  KafkaJSConnectionError: 'kafka.unreachable',
  KafkaJSConnectionClosedError: 'kafka.unreachable',
  KafkaJSRequestTimeoutError: 'kafka.unreachable',
  KafkaJSLockTimeout: 'kafka.unreachable',
  KafkaJSSASLAuthenticationError: 'kafka.denied',
  KafkaJSServerDoesNotSupportApiKey: 'kafka.too_old',
}

/** Turns an error of the client library into ours, by its type and name and never by its text. Ours pass through. */
export function kafkaError(cause: unknown, doing: string): MigrationError {
  if (cause instanceof MigrationError) return cause
  const root = rootOf(cause)
  const reason = root.type ?? (isTlsFailure(root.code) ? root.code : root.name) ?? 'unknown error'
  return new MigrationError(codeOf(root), `${doing}: ${reason}`, { cause, details: { kafkaError: reason } })
}

/** The broker's name for an error, such as `REBALANCE_IN_PROGRESS`; empty when it is not the broker's. */
export function kafkaErrorType(error: unknown): string {
  const cause = error instanceof MigrationError ? error.cause : error
  return rootOf(cause).type ?? ''
}

function codeOf(error: ClientError): ErrorCode {
  if (isTlsFailure(error.code)) return 'kafka.tls'
  const known = byType[error.type ?? ''] ?? byName[error.name ?? '']
  if (known !== undefined) return known
  return error.type !== undefined && error.retriable === true ? 'kafka.unreachable' : 'kafka.failed'
}

/** kafkajs wraps errors in `cause` or in `errors`; the innermost one tells what happened. */
function rootOf(error: unknown): ClientError {
  if (typeof error !== 'object' || error === null) return {}
  // Any object may be read for these fields: all are optional.
  const client = error as ClientError
  const inner = client.cause ?? client.errors?.[0]
  return typeof inner === 'object' && inner !== null && client.type === undefined ? rootOf(inner) : client
}
