/**
 * The place of a streamed event in its source's log: where the captured transaction before its own ended, then its number
 * in its own. Snapshot rows have none.
 */
export interface EventOrder {
  readonly commit: bigint
  readonly index: bigint
}

/** Below every streamed event. */
export const noOrder: EventOrder = { commit: -1n, index: 0n }

export function isAbove(order: EventOrder, other: EventOrder): boolean {
  return order.commit > other.commit || (order.commit === other.commit && order.index > other.index)
}
