import { encodeHeaders } from '../../kafka/record-headers.ts'
import { type RecordSpan, recordSpan } from '../../kafka/record-span.ts'
import type { Operation } from '../../schemas/change.ts'
import type { SnapshotProgress, SnapshotState } from '../../schemas/state.ts'
import type { Visibility } from '../source.ts'
import type { BatchPool } from './batch-pool.ts'
import { HeldRows } from './held-rows.ts'
import { type KeylessPhase, keylessAction } from './keyless.ts'
import type { KeylessEvent } from './keyless-event.ts'
import { sinceOf } from './ledger.ts'
import type { PlacedRecord } from './placed-record.ts'
import type { Remembered } from './ring.ts'
import type { SnapshotTable, TakenChunk } from './snapshot-table.ts'

/** The copy of a table without a key: one scan, and the events that must wait for it. */
export class KeylessTable {
  readonly kind = 'keyless'
  table: SnapshotTable
  state: SnapshotState
  phase: KeylessPhase
  /** The scan that is under way; null when a reader may be asked for one. */
  scan: object | null = null
  readonly #pool: BatchPool
  #slice: HeldRows
  #sliceRows = 0
  #held: HeldRows
  #sliceTaken: (() => void) | null = null
  #complete = false
  #marker: bigint | null = null
  #truncated = false
  /** The next slice begins with a truncate: nothing may be published before it. */
  #truncateIsNext = false

  constructor(table: SnapshotTable, state: SnapshotState, how: { pool: BatchPool; phase: KeylessPhase }) {
    this.table = table
    this.state = state
    this.phase = how.phase
    this.#pool = how.pool
    this.#slice = new HeldRows(table.topic, how.pool)
    this.#held = new HeldRows(table.topic, how.pool)
  }

  get open(): boolean {
    return this.phase.phase !== 'copied'
  }

  /** Bytes of the events that wait for the end of the scan. */
  get heldBytes(): number {
    return this.#held.bytes
  }

  get needsMarker(): boolean {
    return this.phase.phase === 'scanning' && this.#marker === null
  }

  /** A marker that was written behind the snapshot of `scan`. It says nothing about the snapshot of a later scan. */
  marked(scan: object | null, marker: bigint): void {
    if (this.scan === scan) this.#marker ??= marker
  }

  /** The scan's snapshot is taken. `unseen`: what the stream delivered before and the snapshot does not see. */
  opened(visibility: Visibility, unseen: Iterable<Remembered>): void {
    const again = this.phase.phase === 'waiting' && this.phase.again
    this.phase = { phase: 'scanning', snapshot: visibility }
    this.state = {
      ...this.state,
      rows: 0,
      progress: { phase: 'scanning', since: String(sinceOf(this.state)) },
    }
    if (again) this.#truncateAgain()
    for (const item of unseen) if (item.kind === 'keyless') this.#replay(item.event)
  }

  /** A row of the scan. */
  hold(record: PlacedRecord): void {
    if (this.#truncated) return
    const before = this.#slice.count
    this.#slice.place(record)
    this.#sliceRows += this.#slice.count - before
  }

  /** Whether an event of the stream is published now; if not, it is held or not wanted. */
  publishes(op: Operation, transaction: bigint, record: RecordSpan, headers: Buffer | null): boolean {
    const action = keylessAction(this.phase, op, transaction)
    if (action === 'hold') this.#held.hold(0, record, headers)
    if (action !== 'publish') return false
    if (op === 't') this.#forgetRows()
    else if (this.#truncateIsNext) {
      this.#slice.hold(0, record, headers)
      return false
    }
    return true
  }

  /** Resolves when the rows so far have been handed to the publisher, or the scan is given up. */
  slice(): Promise<void> {
    return new Promise(resolve => {
      this.#sliceTaken = resolve
    })
  }

  complete(): void {
    this.#complete = true
  }

  /** The scan is to be repeated. What it published is truncated by the next one. */
  abandon(): void {
    if (this.phase.phase === 'scanning') this.phase = { phase: 'waiting', again: true }
    this.scan = null
    this.#forgetRows()
    this.#complete = false
    this.#truncated = false
    this.#marker = null
    this.#sliceTaken?.()
    this.#sliceTaken = null
  }

  ready(throughCommit: bigint): boolean {
    const now = this.phase
    if (now.phase === 'settling') return throughCommit >= now.until
    if (now.phase !== 'scanning') return false
    return this.#complete ? this.#marker !== null : this.#sliceTaken !== null
  }

  /** The rows of a finished slice, after the last of them the held events; null when nothing is ready. */
  take(throughCommit: bigint): TakenChunk | null {
    if (this.phase.phase === 'settling' && throughCommit >= this.phase.until) this.#move({ phase: 'copied' })
    if (this.phase.phase !== 'scanning') return null
    if (this.#complete) return this.#takeLast(this.phase.snapshot, throughCommit)
    return this.#sliceTaken === null ? null : this.#takeSlice()
  }

  #takeLast(snapshot: Visibility, throughCommit: bigint) {
    const until = this.#marker
    if (until === null) return null
    this.#held.forEach((partition, record) =>
      this.#slice.hold(partition, record, record.headerCount === 0 ? null : encodeHeaders(record.headers())),
    )
    this.#held.clear()
    if (throughCommit >= until) this.#move({ phase: 'copied' })
    else this.#move({ phase: 'settling', snapshot, until })
    this.state = { ...this.state, chunks: 1 }
    return this.#takeSlice()
  }

  #takeSlice() {
    const slice = this.#slice
    const rows = this.#sliceRows
    this.#slice = new HeldRows(this.table.topic, this.#pool)
    this.#sliceRows = 0
    this.#truncateIsNext = false
    this.state = { ...this.state, rows: this.state.rows + rows }
    this.#sliceTaken?.()
    this.#sliceTaken = null
    const counts = { rows, dropped: 0, folded: 0, chunk: this.#complete }
    return {
      rows: { table: this.table.id, batches: slice.batches(), ...counts },
      readBytes: 0,
      release: () => slice.clear(),
    }
  }

  #move(phase: Extract<KeylessPhase, { phase: 'settling' | 'copied' }>): void {
    this.phase = phase
    const progress: SnapshotProgress =
      phase.phase === 'copied'
        ? phase
        : { phase: 'settling', snapshot: phase.snapshot.text, until: String(phase.until) }
    this.state = { ...this.state, progress }
  }

  #replay(event: KeylessEvent): void {
    if (event.op === 't') {
      this.#forgetRows()
      this.#truncate(event.value, event.headers)
      return
    }
    const held = event.op === 'u' || event.op === 'd' ? this.#held : this.#slice
    held.hold(0, recordSpan(null, event.value), event.headers)
  }

  #truncateAgain(): void {
    const { value, headers } = this.table.truncate()
    this.#truncate(value, headers && encodeHeaders(headers))
  }

  /** A truncate is one record in every partition. */
  #truncate(value: Buffer, headers: Buffer | null): void {
    for (let partition = 0; partition < this.table.partitions; partition++)
      this.#slice.hold(partition, recordSpan(null, value), headers)
    this.#truncateIsNext = true
  }

  /** All rows that the scan found, and the changes that wait for them, are gone. */
  #forgetRows(): void {
    this.#truncated = this.phase.phase === 'scanning'
    this.#truncateIsNext = false
    this.#slice.clear()
    this.#sliceRows = 0
    this.#held.clear()
  }
}
