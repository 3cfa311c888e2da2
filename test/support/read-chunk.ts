import { expect } from 'vitest'
import type { ChunkEnd, ChunkReader, Visibility } from '../../connectors/source.ts'
import type { FieldSlices } from '../../schemas/field-slices.ts'
import type { SegmentState } from '../../schemas/state.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'

const never = new AbortController().signal

/** The segment that is the whole table. */
export const everything: SegmentState = { from: null, to: null, cursor: null, done: false }

export interface Chunk extends ChunkEnd {
  readonly keys: readonly string[]
  readonly visibility: Visibility
}

export interface Limits {
  readonly maxRows?: number
  readonly maxBytes?: number
}

export async function readChunk(
  reader: ChunkReader,
  table: TableSchema,
  segment: SegmentState,
  { maxRows = 1_000_000, maxBytes = 1 << 30 }: Limits = {},
): Promise<Chunk> {
  const keys: string[] = []
  const seen: Visibility[] = []
  const open = (visibility: Visibility) => void seen.push(visibility)
  const row = (slices: FieldSlices) => void keys.push(first(slices))
  const opening = () => expect(seen).toEqual([])
  const end = await reader.read({ table, segment, maxRows, maxBytes, opening, open, row }, never)
  const [visibility] = seen
  if (visibility === undefined) throw new Error('the chunk was never opened')
  return { ...end, keys, visibility }
}

/** Reads a segment to its end, chunk by chunk. */
export async function readSegment(
  reader: ChunkReader,
  table: TableSchema,
  from: SegmentState,
  limits: Limits,
) {
  const keys: string[] = []
  let chunks = 0
  for (let segment = from; !segment.done; chunks++) {
    const chunk = await readChunk(reader, table, segment, limits)
    keys.push(...chunk.keys)
    segment = { ...segment, cursor: chunk.lastKey ?? segment.cursor, done: chunk.done }
  }
  return { keys, chunks }
}

function first(row: FieldSlices): string {
  return row.buffer.toString('utf8', row.starts[0], (row.starts[0] ?? 0) + (row.lengths[0] ?? 0))
}
