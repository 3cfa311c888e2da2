import type { Starting, TopicPartition } from './log.ts'

/** Being a member of a consumer group: joining, staying and leaving. */
export interface Membership {
  /** Joins, or joins again, and returns this member's partitions; null when the signal aborted. */
  join(signal: AbortSignal): Promise<readonly TopicPartition[] | null>
  /**
   * Shows that this member lives, until the signal aborts; also while it is giving up its partitions. `onEnd` is
   * called when the group deals partitions anew or has given up on this member.
   */
  beat(onEnd: () => void, signal: AbortSignal): Promise<void>
  /** Stores offsets with the group, unless it is being dealt anew. */
  commit(offsets: readonly Starting[]): Promise<void>
  /** Leaves at once, so that the others need not wait for the session to expire. */
  leave(): Promise<void>
}
