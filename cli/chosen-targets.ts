import { MigrationError } from '../core/errors.ts'
import type { MigrationConfig, TargetConfig } from '../schemas/config/migration-config.ts'

/** The targets of these names, all without names. Throws `target.unknown`. */
export function chosenTargets(
  { targets }: MigrationConfig,
  names: readonly string[],
): readonly TargetConfig[] {
  const unknown = names.filter(name => !targets.some(target => target.name === name))
  if (unknown.length > 0) {
    const known = targets.map(({ name }) => name)
    throw new MigrationError(
      'target.unknown',
      `no target is named ${unknown.join(', ')}; there are ${known.join(', ')}`,
      {
        details: { unknown, known },
      },
    )
  }
  return names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name))
}
