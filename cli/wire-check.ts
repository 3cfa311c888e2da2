import type { CheckedPart } from '../control/check.ts'
import { checkKafka } from '../control/check-kafka.ts'
import { checkRegistry } from '../control/check-registry.ts'
import { kafkaOptions } from '../control/kafka-options.ts'
import { silent } from '../core/telemetry.ts'
import { openSource } from './open-source.ts'
import type { Tool } from './with-tool.ts'

/** Everything that `check` looks at. */
export function wireCheck({ config }: Tool): {
  readonly parts: readonly CheckedPart[]
  readonly close: () => Promise<void>
} {
  const source = openSource(config, 'check')
  const parts: readonly CheckedPart[] = [
    { name: 'kafka', check: signal => checkKafka(config, kafkaOptions(config, 'check', silent), signal) },
    { name: 'registry', check: () => checkRegistry(config.registry) },
    { name: 'source', check: async signal => source.check(await source.tables(signal), signal) },
  ]
  return { parts, close: () => source.close() }
}
