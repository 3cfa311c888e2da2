import { connectionOptions } from '../control/connection-options.ts'
import { type DropStep, dropGroups, dropTopics } from '../control/drop.ts'
import { dropSource } from '../control/drop-source.ts'
import { dropTarget } from '../control/drop-target.ts'
import { openSource } from './open-source.ts'
import type { Tool } from './with-tool.ts'

/** All that is removed, in this order: a connector or sink that still runs makes one of the first steps fail. */
export function wireDrop({ config, log }: Tool): {
  readonly steps: readonly DropStep[]
  readonly close: () => Promise<void>
} {
  const { migration, targets } = config
  const source = openSource(config, 'drop')
  const steps: readonly DropStep[] = [
    dropSource(connectionOptions(config.source.postgres, migration, 'drop'), migration, signal =>
      source.drop(signal),
    ),
    dropGroups(
      log,
      targets.map(({ name }) => `${migration}.${name}`),
    ),
    dropTopics(log, migration),
    ...targets.map(({ name, postgres }) =>
      dropTarget(name, connectionOptions(postgres, migration, 'drop'), migration),
    ),
  ]
  return { steps, close: () => source.close() }
}
