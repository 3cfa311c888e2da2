import { encodeHeaders } from '../../kafka/record-headers.ts'
import type { RecordCursor } from '../../kafka/record-cursor.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import type { EncodedRecords } from '../../kafka/log.ts'
import type { EncodedValue } from '../../schemas/overlay.ts'
import type { Visibility } from '../source.ts'
import type { BatchPool } from './batch-pool.ts'
import { HeldRows } from './held-rows.ts'
import type { PlacedRecord } from './placed-record.ts'
import { keyText, type PublishedChange } from './published-change.ts'
import { RowNotes } from './row-notes.ts'
import type { FoldedRow, SnapshotTable } from './snapshot-table.ts'

/** With fewer notes than this it is not worth to look which rows the window holds. */
const manyNotes = 4096

export interface WindowOptions extends Pick<SnapshotTable, 'topic' | 'overlay' | 'refuses'> {
  readonly pool: BatchPool
}

/** What is left of a chunk. */
export interface WindowRows {
  /** In publishing order. They share the window's buffers: `release` it after the commit. */
  readonly batches: readonly EncodedRecords[]
  readonly rows: number
  readonly dropped: number
  readonly folded: number
}

/**
 * The rows of one chunk, from its snapshot until they are published behind the stream. An event whose transaction the
 * snapshot does not see is newer than the row: a whole event replaces it, a partial one is laid over it. What the
 * snapshot sees is published before the row, because the window stays open until the stream has passed a marker that
 * was written after the snapshot.
 */
export class ChunkWindow {
  readonly #options: WindowOptions
  readonly #notes: RowNotes
  #held: HeldRows
  #visibility: Visibility | null = null
  #complete = false
  #truncated = false
  #marker: bigint | null = null

  constructor(options: WindowOptions) {
    this.#options = options
    this.#notes = new RowNotes(options.overlay)
    this.#held = new HeldRows(options.topic, options.pool)
  }

  get bytes(): number {
    return this.#held.bytes
  }

  /** True while the snapshot is taken but no marker behind it is known. */
  get needsMarker(): boolean {
    return this.#visibility !== null && this.#marker === null
  }

  /** The chunk's snapshot is taken. Events from before that it does not see must be observed next. */
  opened(visibility: Visibility): void {
    this.#visibility = visibility
  }

  /** A row of the chunk. */
  hold(record: PlacedRecord): void {
    if (!this.#truncated) this.#held.place(record)
  }

  /** A published event of the table, in publishing order. Before `opened` nothing is known: the ring remembers it. */
  observe(change: PublishedChange): void {
    if (!this.#isNewer(change.transaction)) return
    if (change.oldKey !== null && change.oldKey !== change.newKey) this.#notes.drop(change.oldKey)
    if (change.newKey === null) return
    if (change.partial === null) this.#notes.drop(change.newKey)
    else this.#notes.fold(change.newKey, change.partial)
    this.#boundNotes()
  }

  /** A published truncate of the table: every row of an older snapshot is gone, those still to arrive as well. */
  truncate(transaction: bigint): void {
    if (!this.#isNewer(transaction)) return
    this.#truncated = true
    this.#held.clear()
    this.#notes.clear()
  }

  /** All rows have arrived. */
  complete(): void {
    this.#complete = true
  }

  /** A marker that was written after `opened`. */
  marked(marker: bigint): void {
    this.#marker ??= marker
  }

  /** Whether the rows may follow a stream that is published through this commit. */
  ready(throughCommit: bigint): boolean {
    return this.#complete && this.#marker !== null && throughCommit >= this.#marker
  }

  /** Ends the window. All that was published before must have been observed. */
  take(): WindowRows {
    const read = this.#held
    if (this.#notes.size === 0) return { batches: read.batches(), rows: read.count, dropped: 0, folded: 0 }
    const kept = new HeldRows(this.#options.topic, this.#options.pool)
    let dropped = 0
    let folded = 0
    read.forEach((partition, record) => {
      const note = this.#notes.get(keyText(record))
      if (note === 'drop') dropped++
      else if (note === undefined) kept.hold(partition, record, headersOf(record))
      else {
        folded++
        const row = this.#folded(partition, record, note)
        if (!this.#options.refuses(row)) kept.hold(partition, row.span, row.headers)
      }
    })
    read.clear()
    this.#held = kept
    return { batches: kept.batches(), rows: kept.count, dropped, folded }
  }

  /** Gives the buffers back, also those of an unfinished window. */
  release(): void {
    this.#held.clear()
    this.#notes.clear()
  }

  #folded(partition: number, record: RecordCursor, note: EncodedValue): FoldedRow {
    const row = this.#options.overlay(valueOf(record), note)
    const key = record.bytes.subarray(record.keyStart, record.keyEnd)
    return { partition, span: recordSpan(key, row.value), headers: row.headers && encodeHeaders(row.headers) }
  }

  #isNewer(transaction: bigint): boolean {
    return this.#visibility !== null && !this.#truncated && !this.#visibility.sees(transaction)
  }

  #boundNotes(): void {
    if (!this.#complete || this.#notes.restricted || this.#notes.size < manyNotes) return
    this.#notes.restrict(this.#held.keys())
  }
}

function headersOf(record: RecordCursor): Buffer | null {
  return record.headerCount === 0 ? null : encodeHeaders(record.headers())
}

function valueOf(record: RecordCursor): EncodedValue {
  return {
    value: record.bytes.subarray(record.valueStart, record.valueEnd),
    headers: record.headerCount === 0 ? null : record.headers(),
  }
}
