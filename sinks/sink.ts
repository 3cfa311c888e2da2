import type { TopicPartition } from '../kafka/log.ts'
import type { TableState } from '../schemas/state.ts'
import type { EventOrder } from './event-order.ts'
import type { OpenKey, ParkedKey, ParkedPlace } from './parked.ts'
import type { RawEvent } from './raw-event.ts'
import type { SinkBatch } from './sink-batch.ts'
import type { TableBatch } from './table-batch.ts'
import type { TableVersion } from './table-version.ts'

/** What the target holds of a partition. */
export interface PartitionProgress extends TopicPartition {
  /** The first offset that is not applied. 0 when nothing is. */
  readonly nextOffset: bigint
  readonly order: EventOrder
}

/** A partition is at a truncate event and has applied everything before it. */
export interface TruncateArrival extends TopicPartition {
  readonly table: TableVersion
  /** Place of the truncate event. */
  readonly offset: bigint
  /** The same in every partition of the topic. */
  readonly order: EventOrder
}

/**
 * What to do when the batch breaks a unique constraint other than the key. wait: nothing is written and `conflict` comes
 * back, because the row that gives the value away may be still to come. park: park the rows that break it.
 */
export type OnConflict = 'wait' | 'park'

/** applied: all of it. parked: all of it, but events were parked with it. */
export type ApplyOutcome = 'applied' | 'parked' | 'conflict'

export interface ClaimedPartition extends PartitionProgress {
  /** `TableState.topicId` when the progress began; null: nobody told. */
  readonly topicId: string | null
}

/** Partitions taken over, and the mark that every transaction on them must still find. */
export interface Claim {
  readonly owner: string
  readonly progress: readonly ClaimedPartition[]
}

/** Parked events that are to be applied. */
export interface ParkedRelease {
  /** One without a key comes alone. */
  readonly keys: readonly ParkedKey[]
  /** All that `parkedEvents` gives of the keys. */
  readonly events: readonly RawEvent[]
  /** The same, to be written. */
  readonly tables: readonly TableBatch[]
}

/** A target, as one instance of its sink sees it. Errors are MigrationErrors. */
export interface Sink {
  /** Name of the target. */
  readonly name: string
  /** No other instance of this sink is connected to the target. */
  isAlone(): Promise<boolean>
  /** Creates or checks the tables, before any event of theirs is applied. Repeated calls are harmless. */
  ensureTables(tables: readonly TableState[]): Promise<void>
  /**
   * Takes the partitions over from whoever had them, and says where the target is. From then on every older owner's next
   * transaction fails with `sink.taken_over`.
   */
  claim(partitions: readonly TopicPartition[]): Promise<Claim>
  /** Whether nobody has taken any of these partitions over since. */
  holds(claim: Claim): Promise<boolean>
  /** Makes ready for events of a version: looks at the target's table and adds the columns that can be added. */
  prepare(version: TableVersion): Promise<void>
  /**
   * Makes ready, together, for versions whose events are likely to come, and gives those that are ready. The others, which want
   * something to be changed or refused, are left to `prepare`.
   */
  prepareAhead(versions: readonly TableVersion[]): Promise<readonly TableVersion[]>
  /** Keys of these partitions with parked events that are not resolved. */
  parkedKeys(partitions: readonly TopicPartition[]): Promise<readonly OpenKey[]>
  /** Keys of these partitions with parked events that an operator wants retried or dropped; a key may come several times. */
  requestedKeys(partitions: readonly TopicPartition[]): Promise<readonly ParkedKey[]>
  /** Keys that were parked because of a unique constraint that may hold by now, a bounded number, the oldest first. */
  conflictingKeys(partitions: readonly TopicPartition[]): Promise<readonly ParkedKey[]>
  /** Events that were parked of these partitions, be they resolved by now, and that no dead-letter topic holds yet; a bounded number. */
  unpublishedParked(partitions: readonly TopicPartition[]): Promise<readonly ParkedEvent[]>
  markPublished(events: readonly ParkedPlace[]): Promise<void>
  /** One connection to write through as the owner of a claim. */
  openWriter(owner: string): SinkWriter
  /** Lets go of the target; whatever is under way fails. It connects again when it is used again. */
  close(): Promise<void>
}

export interface ParkedEvent extends RawEvent {
  readonly code: string
}

/** Writes one thing at a time. After an error it can be used again: it connects anew when the connection was lost. */
export interface SinkWriter {
  /**
   * Applies a batch and its progress in one transaction. A batch that the target holds already, because the answer to an
   * earlier commit was lost, changes nothing.
   */
  apply(batch: SinkBatch, onConflict: OnConflict): Promise<ApplyOutcome>
  /**
   * Notes that the partition waits at a truncate. When all partitions of the topic do, empties the table and moves all of
   * them past it, in one transaction. `passed`: this one is past it.
   */
  truncate(arrival: TruncateArrival): Promise<'waiting' | 'passed'>
  /** All events parked under these keys that are not resolved, partition by partition, in order. */
  parkedEvents(keys: readonly ParkedKey[]): Promise<readonly RawEvent[]>
  /**
   * Applies parked events in one transaction, and marks them applied. Gives the keys that are refused again, whose new reason is stored.
   * changed: nothing is done, because other events are parked under the keys by now, or some are to be dropped.
   */
  releaseParked(release: ParkedRelease): Promise<readonly ParkedKey[] | 'changed'>
  /** Drops those events of a key whose drop was asked for. */
  dropRequested(key: ParkedKey): Promise<void>
  /** Whatever is under way fails. */
  close(): Promise<void>
}
