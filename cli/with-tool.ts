import { kafkaOptions } from '../control/kafka-options.ts'
import { silent } from '../core/telemetry.ts'
import type { Log } from '../kafka/log.ts'
import { openKafkaLog } from '../kafka/kafkajs-log.ts'
import type { MigrationConfig } from '../schemas/config/migration-config.ts'
import type { CliContext } from './cli-context.ts'
import { loadConfig } from './load-config.ts'

/** What a command that looks or tidies up works with. */
export interface Tool {
  readonly config: MigrationConfig
  readonly log: Log
}

/** Loads the configuration and opens Kafka for one command; closes it whatever happens. */
export async function withTool(
  context: CliContext,
  path: string,
  work: (tool: Tool) => Promise<void>,
): Promise<void> {
  const config = loadConfig(context, path)
  const log = openKafkaLog(kafkaOptions(config, 'tool', silent))
  try {
    await work({ config, log })
  } finally {
    await log.close()
  }
}
