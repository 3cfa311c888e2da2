import type { SegmentState } from '../../schemas/state.ts'
import type { ChunkEnd, Visibility } from '../source.ts'
import type { PlacedRecord } from './placed-record.ts'
import type { SnapshotTable } from './snapshot-table.ts'

/**
 * What a free reader does next. Exactly one ending call must follow: `planned`, `finished` or `failed`. Calls of
 * several tasks may interleave in any way.
 */
export type ReaderTask = PlanTask | ChunkTask | ScanTask

interface Task {
  /** As of when the task was made: rows are encoded with this version of the schema. */
  readonly table: SnapshotTable
  /** False when the result is of no use any more, because the table has changed meanwhile. Errors do not matter then. */
  readonly wanted: boolean
  /** The work is given again later, to whoever asks next. */
  failed(): void
}

/** Cut a keyed table into ranges. */
export interface PlanTask extends Task {
  readonly kind: 'plan'
  segmentCount(estimatedRows: number): number
  planned(estimatedRows: number, segments: readonly SegmentState[]): void
}

/** Read the next rows of a range. */
export interface ChunkTask extends Task {
  readonly kind: 'chunk'
  readonly segment: SegmentState
  readonly maxBytes: number
  /** A snapshot is about to be taken: nothing that it might not see is forgotten until `opened`. */
  opening(): void
  opened(visibility: Visibility): void
  hold(record: PlacedRecord): void
  finished(end: ChunkEnd, seconds: number): void
}

/** Read a whole table without a key. */
export interface ScanTask extends Task {
  readonly kind: 'scan'
  /** As for chunks. */
  opening(): void
  opened(visibility: Visibility): void
  hold(record: PlacedRecord): void
  /** Resolves when the rows so far are with the publisher and reading may go on; false: the scan is not wanted any more. */
  slice(): Promise<boolean>
  finished(): void
}
