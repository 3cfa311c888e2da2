import type { Operation } from '../../schemas/change.ts'

/** What the copy needs to know of an event of a table without a key. */
export interface KeylessHead {
  /** `tableId`. */
  readonly table: string
  /** 64 bits: widened with the newest visibility. */
  readonly transaction: bigint
  readonly op: Operation
}

/** An event as it is remembered, with its record: encoded headers, as `encodeHeaders` makes them. */
export interface KeylessEvent extends KeylessHead {
  readonly value: Buffer
  readonly headers: Buffer | null
}
