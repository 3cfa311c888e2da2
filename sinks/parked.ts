import type { TopicPartition } from '../kafka/log.ts'
import { frameBytes } from '../schemas/frame.ts'

/** A place in a topic: names a parked event. */
export interface ParkedPlace extends TopicPartition {
  readonly offset: bigint
}

/** Events of one key that wait for an operator. Without a key each event stands for itself. */
export interface ParkedKey extends ParkedPlace {
  /** The record key. `offset` is that of the oldest event. */
  readonly key: Buffer | null
}

export interface OpenKey extends ParkedKey {
  /** How many of its events are parked, or wait behind one. */
  readonly events: number
}

/**
 * Finds the key of an event among those that are parked; injective. Without the id of its schema: the key stays the same
 * when its column becomes wider.
 */
export function parkedKeyText(key: Buffer | null, offset: bigint): string {
  return key === null ? `@${offset}` : `k${key.toString('latin1', frameBytes)}`
}
