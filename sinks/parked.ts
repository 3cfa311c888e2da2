import type { TopicPartition } from '../kafka/log.ts'

/** A place in a topic: names a parked event. */
export interface ParkedPlace extends TopicPartition {
  readonly offset: bigint
}

/** Events of one key that wait for an operator. Without a key each event stands for itself. */
export interface ParkedKey extends ParkedPlace {
  /** The record key. `offset` is that of the oldest event. */
  readonly key: Buffer | null
}

export type ParkedAction = 'retry' | 'drop'

/** An operator's wish: apply the key's events again, or drop this event and then apply the rest. */
export interface ParkedRequest extends ParkedKey {
  readonly action: ParkedAction
}

/** Finds the key of an event among those that are parked; injective. */
export function parkedKeyText(key: Buffer | null, offset: bigint): string {
  return key === null ? `@${offset}` : `k${key.toString('latin1')}`
}
