import type { RecordSpan } from '../../kafka/record-span.ts'
import type { SnapshotState } from '../../schemas/state.ts'
import type { Visibility } from '../source.ts'
import { BatchPool } from './batch-pool.ts'
import type { ChunkTarget } from './chunk-size.ts'
import { KeyedTable } from './keyed-table.ts'
import type { KeylessPhase } from './keyless.ts'
import type { KeylessEvent, KeylessHead } from './keyless-event.ts'
import { KeylessTable } from './keyless-table.ts'
import { sinceOf } from './ledger.ts'
import { OutdatedTables } from './outdated-tables.ts'
import type { PublishedChange, PublishedTruncate } from './published-change.ts'
import type { ReaderTask } from './reader-task.ts'
import { Ring } from './ring.ts'
import type { SnapshotTable, Taken, TakenRows } from './snapshot-table.ts'
import { chunkTask, planTask, scanTask } from './tasks.ts'

export interface SchedulerOptions {
  readonly readers: number
  /** Chunks that are read or wait for the stream hold at most about this, over all tables. One chunk is always allowed. */
  readonly budgetBytes: number
  /** Above this, events that wait for the scan of a table without a key make `paused` true. */
  readonly heldEventBytes: number
  readonly chunk: ChunkTarget
  /** Transactions that were published but perhaps not visible: of the stored connector state. */
  readonly invisible: readonly string[]
  /** Reads the text form of a visibility back. */
  readonly visibility: (text: string) => Visibility
}

/**
 * The snapshots of all tables, as the publisher sees them. Pure: it does no I/O and knows no time. When a Kafka transaction
 * fails, throw it away and build a new one from the stored state.
 */
export class SnapshotScheduler {
  readonly #options: SchedulerOptions
  readonly #ring: Ring
  readonly #pool: BatchPool
  readonly #tables = new Map<string, KeyedTable | KeylessTable>()
  /** Tables whose scan was begun and that are not copied: only they hold events. Few, because `paused` is asked for every message of the log. */
  readonly #scanned = new Set<KeylessTable>()
  readonly #stored = new Map<string, SnapshotState>()
  readonly #outdated = new OutdatedTables()
  #newest: Visibility | null = null
  /** Bytes, as the source has them, that are in a Kafka transaction on its way. */
  #publishing = 0

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#ring = new Ring(options.invisible)
    this.#pool = new BatchPool(options.readers * 32)
  }

  /** Adds a table as the state topic has it, or `waitingSnapshot(…)` for a new one; that state is stored with the next `take`. */
  add(table: SnapshotTable, state: SnapshotState, isStored: boolean): void {
    const pool = this.#pool
    const target = this.#options.chunk
    const keyed = table.schema.key.length > 0
    this.#tables.set(
      table.id,
      keyed
        ? new KeyedTable(table, state, { pool, target })
        : new KeylessTable(table, state, { pool, phase: this.#storedPhase(state) }),
    )
    if (isStored) this.#stored.set(table.id, state)
  }

  /** The table has another shape from here on in the stream. What is being read of it is read again. */
  changed(table: SnapshotTable): void {
    this.#outdated.delete(table.id)
    const known = this.#tables.get(table.id)
    if (known?.kind === 'keyless') {
      known.abandon()
      known.table = table
    } else known?.changed(table)
  }

  /** A reader found another shape than this one, which the task had: the table rests until `changed` tells of it. */
  outdated(table: SnapshotTable): void {
    if (this.#tables.get(table.id)?.table === table) this.#outdated.add(table.id)
  }

  /** A table that rests for a shape of which a stream that is published through this commit does not tell; null if there is none. */
  untold(throughCommit: bigint): string | null {
    return this.#outdated.untold(throughCommit)
  }

  /** True while rows of the table may still follow: tell its events, and mark partial updates with `sb.open`. */
  isOpen(table: string): boolean {
    return this.#tables.get(table)?.open ?? false
  }

  /** True when every table is copied and that is handed over. */
  get finished(): boolean {
    for (const table of this.#tables.values()) if (table.open || this.#isDirty(table)) return false
    return true
  }

  /** True while the log should not be read: too many events wait for a scan. */
  get paused(): boolean {
    let bytes = 0
    for (const table of this.#scanned) bytes += table.heldBytes
    return bytes > this.#options.heldEventBytes
  }

  /** A snapshot of the source that was asked for by the probe. Older ones than the newest known must not follow. */
  visible(visibility: Visibility): void {
    this.#newest = visibility
    this.#ring.prune(visibility)
  }

  /** For the connector state of the next Kafka transaction. */
  invisible(): string[] {
    return this.#ring.invisible()
  }

  /** The next work for a free reader; null when there is none now. */
  next(): ReaderTask | null {
    if (this.#newest === null || !this.#ring.complete) return null
    const plan = this.#nextPlan()
    if (plan !== null) return plan
    for (const table of this.#tables.values()) {
      if (!table.open || this.#outdated.has(table.table.id) || this.#newest.xmin < sinceOf(table.state))
        continue
      const task = table.kind === 'keyed' ? this.#keyedTask(table) : this.#keylessTask(table)
      if (task !== null) return task
    }
    return null
  }

  /** An event of an open keyed table was published (or is in the batch that will be). */
  published(change: PublishedChange): void {
    const table = this.#tables.get(change.table)
    if (table?.kind !== 'keyed' || !table.open) return
    this.#ring.remember({ kind: 'change', event: change })
    table.observe(change)
  }

  /** A truncate of an open keyed table was published. */
  truncated(truncate: PublishedTruncate): void {
    const table = this.#tables.get(truncate.table)
    if (table?.kind !== 'keyed' || !table.open) return
    this.#ring.remember({ kind: 'truncate', event: truncate })
    table.truncate(truncate.transaction)
  }

  /**
   * An event of an open table without a key: true says publish it now. Otherwise it is kept here as far as it is needed.
   * `record` is its only record, for a truncate that of any partition.
   */
  keyless(event: KeylessHead, record: RecordSpan, headers: Buffer | null): boolean {
    const table = this.#tables.get(event.table)
    if (table?.kind !== 'keyless' || !table.open) return true
    if (table.phase.phase !== 'settling')
      this.#ring.remember({ kind: 'keyless', event: keylessEvent(event, record, headers) })
    return table.publishes(event.op, event.transaction, record, headers)
  }

  /** The windows and tables that need a marker: write one now, then call `place` with it. Null when none needs one. */
  marking(): { place(marker: bigint): void } | null {
    const waiting = this.#outdated.marking()
    for (const table of this.#tables.values())
      if (table.kind === 'keyed') waiting.push(...table.windows.filter(window => window.needsMarker))
      else if (table.needsMarker) {
        const scan = table.scan
        waiting.push({ marked: marker => table.marked(scan, marker) })
      }
    if (waiting.length === 0) return null
    return { place: marker => waiting.forEach(window => window.marked(marker)) }
  }

  /** Whether `take` would give something. */
  hasReady(throughCommit: bigint): boolean {
    for (const table of this.#tables.values())
      if (this.#isDirty(table) || table.ready(throughCommit)) return true
    return false
  }

  /**
   * Rows that may follow a stream that is published through this commit (all its events have been told), up to about
   * `maxBytes`, and all states that changed. Call it for every Kafka transaction.
   */
  take(throughCommit: bigint, maxBytes: number): Taken {
    const rows: TakenRows[] = []
    const releases: (() => void)[] = []
    let bytes = 0
    let read = 0
    for (const table of this.#tables.values())
      while (bytes < maxBytes) {
        const taken = table.take(throughCommit)
        if (taken === null) break
        rows.push(taken.rows)
        releases.push(taken.release)
        bytes += bytesOf(taken.rows)
        read += taken.readBytes
      }
    for (const table of this.#scanned) if (!table.open) this.#scanned.delete(table)
    this.#publishing += read
    const committed = () => {
      this.#publishing -= read
      for (const release of releases) release()
      if (this.finished) this.#pool.clear()
    }
    return { rows, states: this.#changedStates(), committed }
  }

  /** Plans come first: they are quick, and say how much there is to do. */
  #nextPlan(): ReaderTask | null {
    for (const table of this.#tables.values())
      if (table.kind === 'keyed' && table.state.progress.phase === 'waiting' && !table.planning)
        return planTask(table, this.#options.readers)
    return null
  }

  #keyedTask(table: KeyedTable): ReaderTask | null {
    if (table.state.progress.phase === 'waiting' || !this.#hasRoom(table.nextBytes)) return null
    const chunk = table.begin()
    return chunk && chunkTask(table, chunk, this.#ring)
  }

  #keylessTask(table: KeylessTable): ReaderTask | null {
    if (table.phase.phase !== 'waiting' || table.scan !== null) return null
    this.#scanned.add(table)
    return scanTask(table, this.#ring)
  }

  /**
   * What is read and not published is read again after a crash: no more than a full chunk for each reader. Chunks of small
   * tables are many together.
   */
  #hasRoom(nextBytes: number): boolean {
    let held = 0
    let read = this.#publishing
    for (const table of this.#tables.values()) {
      if (table.kind !== 'keyed') continue
      held += table.bytes
      read += table.readBytes
    }
    const { readers, chunk, budgetBytes } = this.#options
    return read === 0 || (held < budgetBytes && read + nextBytes <= readers * chunk.bytes)
  }

  #isDirty(table: KeyedTable | KeylessTable): boolean {
    return this.#stored.get(table.table.id) !== table.state
  }

  #changedStates(): SnapshotState[] {
    const states: SnapshotState[] = []
    for (const table of this.#tables.values()) {
      if (!this.#isDirty(table)) continue
      this.#stored.set(table.table.id, table.state)
      states.push(table.state)
    }
    return states
  }

  /** Where an earlier process left a table without a key. */
  #storedPhase(state: SnapshotState): KeylessPhase {
    const progress = state.progress
    switch (progress.phase) {
      case 'waiting':
      case 'copying':
        return { phase: 'waiting', again: false }
      case 'scanning':
        return { phase: 'waiting', again: true }
      case 'settling': {
        const snapshot = this.#options.visibility(progress.snapshot)
        return { phase: 'settling', snapshot, until: BigInt(progress.until) }
      }
      case 'copied':
        return progress
    }
  }
}

function bytesOf(rows: TakenRows): number {
  let bytes = 0
  for (const records of rows.batches) bytes += records.bytes.length
  return bytes
}

/** Kept by the ring: the record is overwritten by the next event. */
function keylessEvent(event: KeylessHead, record: RecordSpan, headers: Buffer | null): KeylessEvent {
  const value = Buffer.from(record.bytes.subarray(record.valueStart, record.valueEnd))
  return { ...event, value, headers: headers && Buffer.from(headers) }
}
