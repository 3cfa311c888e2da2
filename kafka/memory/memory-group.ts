import type { ConsumerOptions, Starting, TopicPartition } from '../log.ts'
import type { Membership } from '../membership.ts'
import { spreadPartitions } from '../spread-partitions.ts'

interface Member {
  readonly topics: readonly string[]
  /** Set while the member waits for its partitions. */
  receive: ((partitions: readonly TopicPartition[]) => void) | null
  onEnd: (() => void) | null
}

/** A consumer group: deals partitions when all members have come, and calls them back when one comes or goes. */
export class MemoryGroup {
  readonly #members = new Map<string, Member>()
  readonly #partitions: (topic: string) => number
  #joined = 0

  constructor(partitions: (topic: string) => number) {
    this.#partitions = partitions
  }

  get size(): number {
    return this.#members.size
  }

  /** All members have to join again; gives how many there were. */
  dismissMembers(): number {
    const members = [...this.#members.values()]
    this.#members.clear()
    for (const member of members) member.onEnd?.()
    return members.length
  }

  /** A membership that has not joined yet. */
  member(options: ConsumerOptions): Membership {
    const id = `member-${String(this.#joined++).padStart(6, '0')}`
    const member: Member = { topics: options.topics, receive: null, onEnd: null }
    return {
      join: async signal => {
        if (!this.#members.has(id)) this.#enter(id, member)
        return new Promise(resolve => {
          signal.addEventListener('abort', () => {
            member.receive = null
            resolve(null)
          })
          member.receive = resolve
          this.#dealWhenAllWait()
        })
      },
      beat: async (onEnd, signal) => {
        member.onEnd = onEnd
        if (signal.aborted) return
        await new Promise(resolve => {
          signal.addEventListener('abort', resolve, { once: true })
        })
        member.onEnd = null
      },
      commit: async (_offsets: readonly Starting[]) => undefined,
      leave: async () => {
        if (!this.#members.delete(id)) return
        this.#callBack()
        this.#dealWhenAllWait()
      },
    }
  }

  #enter(id: string, member: Member): void {
    this.#callBack()
    this.#members.set(id, member)
  }

  #callBack(): void {
    for (const member of this.#members.values()) member.onEnd?.()
  }

  #dealWhenAllWait(): void {
    const members = [...this.#members].map(([memberId, member]) => ({ memberId, ...member }))
    if (members.some(({ receive }) => receive === null)) return
    const topics = [...new Set(members.flatMap(member => member.topics))]
    const counts = new Map(topics.map(topic => [topic, this.#partitions(topic)]))
    const assignment = spreadPartitions(members, counts)
    for (const [memberId, member] of this.#members) {
      const { receive } = member
      member.receive = null
      receive?.(assignment.get(memberId) ?? [])
    }
  }
}
