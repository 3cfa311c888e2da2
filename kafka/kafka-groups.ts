import { MigrationError } from '../core/errors.ts'
import { kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { patiently } from './patience.ts'

/** Deletes consumer groups and gives those that there were; waits a while for members to go. */
export async function deleteGroups(
  brokers: Brokers,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const deleted: string[] = []
  for (const group of groups) {
    if (await patiently(`Deleting the group ${group}`, () => deleteGroup(brokers, group), signal))
      deleted.push(group)
  }
  return deleted
}

async function deleteGroup(brokers: Brokers, group: string): Promise<boolean> {
  const coordinator = await brokers.coordinator('group', group)
  const { results } = await coordinator.deleteGroups([group])
  const error = results[0]?.error
  if (error === undefined) return true
  if (kafkaErrorType(error) === 'GROUP_ID_NOT_FOUND') return false
  if (kafkaErrorType(error) !== 'NON_EMPTY_GROUP') throw error
  // A member that was killed is dropped by Kafka when its session has expired.
  throw new MigrationError('kafka.unreachable', `The group ${group} still has members`)
}
