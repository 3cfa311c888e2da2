import type { RecordHeader } from '../kafka/record-headers.ts'

/** A record's value with its headers. */
export interface EncodedValue {
  readonly value: Buffer
  readonly headers: readonly RecordHeader[] | null
}

/**
 * The older row with the columns on top that the newer event carries. Both are values of one table in one version of
 * its schema; the result keeps the older one's place and operation. Neither argument is changed or kept. The older one may
 * lack columns itself: the result then lacks those that neither carries.
 */
export type RowOverlay = (older: EncodedValue, newer: EncodedValue) => EncodedValue
