/** A place in a source's log. Only its connector looks inside `token`; everybody else compares `order`. */
export interface Position {
  /** The log itself: system identifier and timeline, server uuid. Positions of two lineages cannot be compared. */
  readonly lineage: string
  /** Plain string comparison is log order: commit position in fixed-width hexadecimal, then the index in the transaction. */
  readonly order: string
  /** What the connector needs to go on from here; opaque to everybody else. */
  readonly token: string
}
