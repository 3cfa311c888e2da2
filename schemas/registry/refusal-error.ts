import { type ErrorCode, MigrationError } from '../../core/errors.ts'
import type { RegistryRefusal } from './refusal.ts'

/** A refusal as an error that carries a decision. `what` names the subject or the id that was asked for. */
export function errorOfRefusal(refusal: RegistryRefusal, what: string): MigrationError {
  return new MigrationError(codeOf(refusal), `The schema registry refuses ${what}: ${refusal.message}`, {
    cause: refusal,
    details: { errorCode: refusal.errorCode },
  })
}

function codeOf(refusal: RegistryRefusal): ErrorCode {
  if (refusal.status === 409) return 'registry.incompatible'
  if (refusal.errorCode === 40403) return 'registry.schema_unknown'
  if (refusal.status === 401 || refusal.status === 403) return 'registry.denied'
  // 408 and 429 ask to come again; what the server's own faults are, time tells.
  if (refusal.status >= 500 || refusal.status === 408 || refusal.status === 429) return 'registry.unreachable'
  return 'registry.refused'
}
