export interface ChunkTarget {
  /** A chunk is not made larger than this, whatever the speed. */
  readonly bytes: number
  /** Nor so large that reading it takes much longer than this: a snapshot that stays open hinders VACUUM. */
  readonly seconds: number
}

const smallestBytes = 64 << 10

/** The size for a table's next chunk, from what the last one took. Grows at most by a factor of two at a time. */
export function nextChunkBytes(
  current: number,
  observed: { readonly bytes: number; readonly seconds: number },
  target: ChunkTarget,
): number {
  // The last chunk of a segment says nothing about speed.
  if (observed.bytes < current / 2) return current
  const fitting = (observed.bytes / Math.max(observed.seconds, 0.001)) * target.seconds
  return Math.round(Math.max(smallestBytes, Math.min(fitting, current * 2, target.bytes)))
}

/** The size of a table's first chunk. */
export function firstChunkBytes(target: ChunkTarget): number {
  return Math.max(smallestBytes, Math.min(1 << 20, target.bytes))
}
