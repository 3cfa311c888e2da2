import type { EncodedRecords } from './log.ts'

/** One transactional id at the log: its identity, its sequence numbers, and the steps of a transaction. */
export interface ProducerSession {
  /** Whether the log knows of an open transaction. */
  readonly open: boolean
  /** Adds the partitions to the transaction, then writes to them. */
  publish(records: readonly EncodedRecords[]): Promise<void>
  /** Commits or aborts, and returns when the outcome is visible to readers. */
  end(outcome: 'commit' | 'abort'): Promise<void>
  /** Ends whatever a failed call has left behind, one way or the other; refused when another producer has taken over. */
  recover(): Promise<void>
  close(): void
}
