import type { CheckedPart } from '../control/check.ts'
import { checkKafka } from '../control/check-kafka.ts'
import { checkRegistry } from '../control/check-registry.ts'
import { connectionOptions } from '../control/connection-options.ts'
import { kafkaOptions } from '../control/kafka-options.ts'
import { silent } from '../core/telemetry.ts'
import { checkTarget } from '../sinks/postgres/check/check-target.ts'
import { openSource } from './open-source.ts'
import { wantedTables } from './wanted-tables.ts'
import type { Tool } from './with-tool.ts'

/** Everything that `check` looks at. */
export function wireCheck({ config, log }: Tool): {
  readonly parts: readonly CheckedPart[]
  readonly close: () => Promise<void>
} {
  const { migration, targets } = config
  const source = openSource(config, 'check')
  const parts: readonly CheckedPart[] = [
    { name: 'kafka', check: signal => checkKafka(config, kafkaOptions(config, 'check', silent), signal) },
    { name: 'registry', check: () => checkRegistry(config.registry) },
    { name: 'source', check: async signal => source.check(await source.tables(signal), signal) },
    ...targets.map(({ name, postgres }) => ({
      name: `target ${name}`,
      check: async (signal: AbortSignal) => {
        const connection = connectionOptions(postgres, migration, 'check')
        const tables = await wantedTables({ source, log, migration }, signal)
        return checkTarget(connection, migration, tables, signal)
      },
    })),
  ]
  return { parts, close: () => source.close() }
}
