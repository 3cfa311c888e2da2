import type { ChunkEnd } from '../source.ts'
import type { SegmentState, SnapshotState } from '../../schemas/state.ts'
import type { BatchPool } from './batch-pool.ts'
import { type ChunkTarget, firstChunkBytes, nextChunkBytes } from './chunk-size.ts'
import { chunkPublished, freeSegment, planned } from './ledger.ts'
import type { PublishedChange } from './published-change.ts'
import type { SnapshotTable, TakenChunk } from './snapshot-table.ts'
import { ChunkWindow } from './window.ts'

/** A chunk that is being read or waits for the stream. */
export interface OpenChunk {
  readonly segment: number
  readonly window: ChunkWindow
  readonly maxBytes: number
  end: ChunkEnd | null
}

/** The copy of a table with a key: its ledger, and the windows of its chunks. At most one chunk of a segment is open. */
export class KeyedTable {
  readonly kind = 'keyed'
  table: SnapshotTable
  state: SnapshotState
  planning = false
  readonly chunks = new Map<number, OpenChunk>()
  readonly #pool: BatchPool
  readonly #target: ChunkTarget
  #chunkBytes: number

  constructor(table: SnapshotTable, state: SnapshotState, how: { pool: BatchPool; target: ChunkTarget }) {
    this.table = table
    this.state = state
    this.#pool = how.pool
    this.#target = how.target
    this.#chunkBytes = firstChunkBytes(how.target)
  }

  get open(): boolean {
    return this.state.progress.phase !== 'copied'
  }

  /** Bytes that the open chunks hold, or will hold when they have been read. */
  get bytes(): number {
    let bytes = 0
    for (const chunk of this.chunks.values())
      bytes += chunk.end === null ? Math.max(chunk.maxBytes, chunk.window.bytes) : chunk.window.bytes
    return bytes
  }

  /** Bytes, as the source has them, that the open chunks have read or may read: lost with the process. */
  get readBytes(): number {
    let bytes = 0
    for (const chunk of this.chunks.values()) bytes += chunk.end?.bytes ?? chunk.maxBytes
    return bytes
  }

  get windows(): ChunkWindow[] {
    return [...this.chunks.values()].map(chunk => chunk.window)
  }

  planned(estimatedRows: number, segments: readonly SegmentState[]): void {
    this.planning = false
    this.state = planned(this.state, estimatedRows, segments)
  }

  /** How large the next chunk may become, as the source has it. */
  get nextBytes(): number {
    return this.#chunkBytes
  }

  /** Opens the next chunk; null when every unfinished segment has one. */
  begin(): OpenChunk | null {
    const segment = freeSegment(this.state, new Set(this.chunks.keys()))
    if (segment === null) return null
    const { topic, overlay, refuses } = this.table
    const window = new ChunkWindow({ topic, overlay, refuses, pool: this.#pool })
    const chunk: OpenChunk = { segment, window, maxBytes: this.#chunkBytes, end: null }
    this.chunks.set(segment, chunk)
    return chunk
  }

  segment(chunk: OpenChunk): SegmentState | undefined {
    return this.state.progress.phase === 'copying' ? this.state.progress.segments[chunk.segment] : undefined
  }

  finished(chunk: OpenChunk, end: ChunkEnd, seconds: number): void {
    chunk.end = end
    chunk.window.complete()
    this.#chunkBytes = nextChunkBytes(this.#chunkBytes, { bytes: end.bytes, seconds }, this.#target)
  }

  isOpen(chunk: OpenChunk): boolean {
    return this.chunks.get(chunk.segment) === chunk
  }

  /** The chunk is to be read again. */
  abandon(chunk: OpenChunk): void {
    if (!this.isOpen(chunk)) return
    this.chunks.delete(chunk.segment)
    chunk.window.release()
  }

  /** Rows of the old shape must not be mixed with events of the new one: what is open is read again. */
  changed(table: SnapshotTable): void {
    this.table = table
    for (const chunk of this.chunks.values()) this.abandon(chunk)
  }

  observe(change: PublishedChange): void {
    for (const chunk of this.chunks.values()) chunk.window.observe(change)
  }

  truncate(transaction: bigint): void {
    for (const chunk of this.chunks.values()) chunk.window.truncate(transaction)
  }

  ready(throughCommit: bigint): boolean {
    for (const chunk of this.chunks.values())
      if (chunk.end !== null && chunk.window.ready(throughCommit)) return true
    return false
  }

  /** Ends a window that is ready and enters its chunk into the ledger; null when none is. */
  take(throughCommit: bigint): TakenChunk | null {
    for (const chunk of this.chunks.values()) {
      if (chunk.end === null || !chunk.window.ready(throughCommit)) continue
      const rows = chunk.window.take()
      this.chunks.delete(chunk.segment)
      this.state = chunkPublished(this.state, chunk.segment, chunk.end, rows.rows)
      return {
        rows: { ...rows, table: this.table.id, chunk: true },
        readBytes: chunk.end.bytes,
        release: () => chunk.window.release(),
      }
    }
    return null
  }
}
