import { RowNames } from '../control/row-names.ts'
import { StateReader } from '../schemas/stored-state.ts'
import { stateTopic } from '../schemas/topic-names.ts'
import type { RoleProcess } from './role-process.ts'
import { readingRegistry } from './wire-sinks.ts'

/** Names rows after what Kafka knows of a migration; nothing is named when it was never started. */
export async function readRowNames(tool: Pick<RoleProcess, 'config' | 'log' | 'signal'>): Promise<RowNames> {
  const { config, log, signal } = tool
  const topic = stateTopic(config.migration)
  const isThere = (await log.topics(topic)).includes(topic)
  const tables = isThere ? (await new StateReader(log, topic).refresh(signal)).tables : new Map()
  return new RowNames(tables.values(), readingRegistry(tool))
}
