import { connectionOptions } from '../control/connection-options.ts'
import { type DeadLetters, deadLetters } from '../control/dead-letters.ts'
import { chosenTargets } from './chosen-targets.ts'
import type { CliContext } from './cli-context.ts'
import { loadConfig } from './load-config.ts'

export interface TargetLetters {
  readonly name: string
  readonly letters: DeadLetters
}

/** The parked events of one target, or of all without a name. */
export function targetLetters(
  context: CliContext,
  path: string,
  target: string | undefined,
): readonly TargetLetters[] {
  const config = loadConfig(context, path)
  const targets = chosenTargets(config, target === undefined ? [] : [target])
  return targets.map(({ name, postgres }) => ({
    name,
    letters: deadLetters(
      connectionOptions(postgres, config.migration, 'dead-letters'),
      config.migration,
      context.signal,
    ),
  }))
}
