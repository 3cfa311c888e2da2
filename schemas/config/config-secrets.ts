import { Secret } from '../../core/secret.ts'
import type { MigrationConfig } from './migration-config.ts'

/** Every secret that a configuration holds, for the redaction of output. */
export function configSecrets(config: MigrationConfig): readonly Secret[] {
  return secretsIn(config)
}

function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(secretsIn)
}
