import { MigrationError } from '../core/errors.ts'
import { kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { Broker } from './kafkajs/internals.ts'
import { SESSION_TIMEOUT_MS } from './kafka-membership.ts'
import { patienceMs, patiently } from './patience.ts'

/**
 * Kafka misses a killed member when its session has expired. For one that was killed while the group was being dealt that begins
 * when the others that are dead have been missed.
 */
const MEMBERS_PATIENCE_MS = 3 * SESSION_TIMEOUT_MS

/** Deletes consumer groups and gives those that there were; waits a while for members to go. */
export async function deleteGroups(
  brokers: Brokers,
  groups: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const deleted: string[] = []
  for (const group of groups) {
    const doing = `Deleting the group ${group}`
    if (await patiently(doing, () => deleteGroup(brokers, group), signal, deletionPatienceMs))
      deleted.push(group)
  }
  return deleted
}

/** Makes all members leave a group, and gives how many there were. */
export function dismissMembers(brokers: Brokers, group: string, signal: AbortSignal): Promise<number> {
  return patiently(
    `Looking for members of the group ${group}`,
    async () => {
      const coordinator = await brokers.coordinator('group', group)
      const { groups } = await coordinator.describeGroups({ groupIds: [group] })
      const members = groups.flatMap(found => found.members)
      for (const { memberId } of members) await dismiss(coordinator, { groupId: group, memberId })
      return members.length
    },
    signal,
  )
}

async function dismiss(
  coordinator: Broker,
  member: { readonly groupId: string; readonly memberId: string },
): Promise<void> {
  try {
    await coordinator.leaveGroup(member)
  } catch (error) {
    // It has gone by itself.
    if (kafkaErrorType(error) !== 'UNKNOWN_MEMBER_ID') throw error
  }
}

async function deleteGroup(brokers: Brokers, group: string): Promise<boolean> {
  const coordinator = await brokers.coordinator('group', group)
  const { results } = await coordinator.deleteGroups([group])
  const error = results[0]?.error
  if (error === undefined) return true
  if (kafkaErrorType(error) === 'GROUP_ID_NOT_FOUND') return false
  if (!hasMembers(error)) throw error
  throw new MigrationError('kafka.unreachable', `The group ${group} still has members`, { cause: error })
}

function deletionPatienceMs(error: MigrationError): number {
  return hasMembers(error) ? MEMBERS_PATIENCE_MS : patienceMs(error)
}

function hasMembers(error: unknown): boolean {
  return kafkaErrorType(error) === 'NON_EMPTY_GROUP'
}
