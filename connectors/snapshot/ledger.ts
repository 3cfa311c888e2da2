import type { ChunkEnd } from '../source.ts'
import type { SegmentState, SnapshotProgress, SnapshotState } from '../../schemas/state.ts'

/** A table of fewer rows is read in one segment. */
const rowsPerSegment = 50_000

/**
 * Into how many ranges a table is cut. Several for each reader: a range rests while its last chunk waits for the stream,
 * and ranges are never of equal size.
 */
export function segmentCount(estimatedRows: number, readers: number): number {
  return Math.max(1, Math.min(Math.ceil(estimatedRows / rowsPerSegment), readers * 8))
}

/** A table that is to be copied. `since`: see `SnapshotProgress`. */
export function waitingSnapshot(table: SnapshotState['table'], since: bigint): SnapshotState {
  const progress: SnapshotProgress = { phase: 'waiting', since: String(since) }
  return { kind: 'snapshot', format: 1, table, progress, estimatedRows: 0, rows: 0, chunks: 0 }
}

/** Keyed table: the ranges are known. */
export function planned(
  state: SnapshotState,
  estimatedRows: number,
  segments: readonly SegmentState[],
): SnapshotState {
  if (state.progress.phase !== 'waiting') return state
  const progress: SnapshotProgress = { phase: 'copying', since: state.progress.since, segments }
  return { ...state, estimatedRows, progress }
}

/** The first segment that has rows left and is not in `busy`; null if there is none. */
export function freeSegment(state: SnapshotState, busy: ReadonlySet<number>): number | null {
  if (state.progress.phase !== 'copying') return null
  const index = state.progress.segments.findIndex((segment, at) => !segment.done && !busy.has(at))
  return index < 0 ? null : index
}

/** A chunk's rows are published: to be stored in the same Kafka transaction as they. */
export function chunkPublished(
  state: SnapshotState,
  index: number,
  end: ChunkEnd,
  rows: number,
): SnapshotState {
  if (state.progress.phase !== 'copying') return state
  const segments = state.progress.segments.map((segment, at) =>
    at === index ? { ...segment, cursor: end.lastKey ?? segment.cursor, done: end.done } : segment,
  )
  const copied = segments.every(segment => segment.done)
  return {
    ...state,
    rows: state.rows + rows,
    chunks: state.chunks + 1,
    progress: copied ? { phase: 'copied' } : { ...state.progress, segments },
  }
}

/** The id (64-bit) below which a snapshot must see every transaction before it may be used for this table. */
export function sinceOf(state: SnapshotState): bigint {
  return 'since' in state.progress ? BigInt(state.progress.since) : 0n
}
