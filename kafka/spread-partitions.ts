import type { TopicPartition } from './log.ts'

export interface GroupMember {
  readonly memberId: string
  readonly topics: readonly string[]
}

/**
 * Deals all partitions out to the members, in turn, so that loads differ by one partition at most. It depends on
 * nothing but its input: whichever member leads the group comes to the same result.
 */
export function spreadPartitions(
  members: readonly GroupMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const assignment = new Map(sorted.map(({ memberId }) => [memberId, [] as TopicPartition[]]))
  let turn = 0
  for (const [topic, count] of [...partitionCounts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const takers = sorted.filter(({ topics }) => topics.includes(topic))
    for (let partition = 0; partition < count && takers.length > 0; partition++) {
      const taker = takers[turn++ % takers.length]
      if (taker !== undefined) assignment.get(taker.memberId)?.push({ topic, partition })
    }
  }
  return assignment
}
