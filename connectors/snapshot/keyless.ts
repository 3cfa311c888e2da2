import type { Operation } from '../../schemas/change.ts'
import type { Visibility } from '../source.ts'

/** How far the copy of a table without a key is. */
export type KeylessPhase =
  /** `again`: an earlier scan was published in part. */
  | { readonly phase: 'waiting'; readonly again: boolean }
  | { readonly phase: 'scanning'; readonly snapshot: Visibility }
  | { readonly phase: 'settling'; readonly snapshot: Visibility; readonly until: bigint }
  | { readonly phase: 'copied' }

/** What to do with an event: publish it now, hold it until the scan is published, or drop it. */
export type KeylessAction = 'publish' | 'hold' | 'drop'

/**
 * Without keys a row cannot replace another, so each change must be either in the scan or in the stream. The order of
 * inserts does not matter; an update or a delete needs the row that it changes to be there first.
 */
export function keylessAction(now: KeylessPhase, op: Operation, transaction: bigint): KeylessAction {
  switch (now.phase) {
    case 'waiting':
      return 'drop'
    case 'scanning':
      if (now.snapshot.sees(transaction)) return 'drop'
      return op === 'u' || op === 'd' ? 'hold' : 'publish'
    case 'settling':
      return now.snapshot.sees(transaction) ? 'drop' : 'publish'
    case 'copied':
      return 'publish'
  }
}
