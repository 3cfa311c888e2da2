import type { TopicPartition } from '../log.ts'
import { spreadPartitions } from '../spread-partitions.ts'
import type { Brokers } from './brokers.ts'
import { apiKeys, kafkajs } from './internals.ts'
import type { Broker } from './internals.ts'

/** The name under which members recognise each other's way of dealing partitions. */
const PROTOCOL = 'switchback-spread'
const { MemberMetadata, MemberAssignment } = kafkajs.assigner

export interface JoinRequest {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly memberId: string
  readonly sessionTimeout: number
  readonly rebalanceTimeout: number
}

/** `named`: Kafka gave this member its id, with which it must join again. `joined`: all members are there. */
export type Joined =
  | { readonly kind: 'named'; readonly memberId: string }
  | {
      readonly kind: 'joined'
      readonly memberId: string
      readonly generationId: number
      readonly leaderId: string
      readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
    }

/** Joins a group; answered when all members have joined. kafkajs's own method hides the member id until then. */
export async function joinGroup(coordinator: Broker, join: JoinRequest): Promise<Joined> {
  const request = coordinator.lookupRequest(apiKeys.joinGroup, kafkajs.requests.JoinGroup)
  const protocol = request({
    ...join,
    protocolType: 'consumer',
    groupProtocols: [
      { name: PROTOCOL, metadata: MemberMetadata.encode({ version: 1, topics: join.topics }) },
    ],
  })
  try {
    // The decoder of the pinned kafkajs makes this shape.
    const answer = (await coordinator.connectionPool.send(protocol)) as Omit<
      Joined & { kind: 'joined' },
      'kind'
    >
    return { ...answer, kind: 'joined' }
  } catch (error) {
    if (error instanceof Error && 'memberId' in error)
      return { kind: 'named', memberId: String(error.memberId) }
    throw error
  }
}

/** Fetches this member's partitions; the leader deals them out first. */
export async function syncAssignment(
  coordinator: Broker,
  brokers: Brokers,
  joined: Joined & { kind: 'joined' } & { readonly groupId: string },
): Promise<TopicPartition[]> {
  const { groupId, generationId, memberId } = joined
  const groupAssignment = joined.leaderId === memberId ? await dealPartitions(brokers, joined.members) : []
  const { memberAssignment } = await coordinator.syncGroup({
    groupId,
    generationId,
    memberId,
    groupAssignment,
  })
  const assignment = MemberAssignment.decode(memberAssignment)?.assignment ?? {}
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map(partition => ({ topic, partition })),
  )
}

async function dealPartitions(brokers: Brokers, joined: (Joined & { kind: 'joined' })['members']) {
  const members = joined.map(({ memberId, memberMetadata }) => ({
    memberId,
    topics: MemberMetadata.decode(memberMetadata).topics,
  }))
  const topics = [...new Set(members.flatMap(member => member.topics))]
  const leaders = await brokers.leaders(topics, true)
  const counts = new Map([...leaders].map(([topic, partitions]) => [topic, partitions.length]))
  return [...spreadPartitions(members, counts)].map(([memberId, partitions]) => {
    const assignment: Record<string, number[]> = {}
    for (const { topic, partition } of partitions) (assignment[topic] ??= []).push(partition)
    return { memberId, memberAssignment: MemberAssignment.encode({ version: 1, assignment }) }
  })
}
