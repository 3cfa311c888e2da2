import { untilEither } from '../core/until-either.ts'
import type { FetchedBatch, Log, Starting } from './log.ts'

/** The first batch at or behind an offset; null if there is none. */
export async function firstBatch(
  log: Log,
  from: Starting,
  signal: AbortSignal,
): Promise<FetchedBatch | null> {
  const enough = new AbortController()
  let first: FetchedBatch | null = null
  const take = (batch: FetchedBatch) => {
    first ??= batch
    enough.abort()
  }
  try {
    await untilEither([signal, enough.signal], either => log.readToEnd(from, take, either))
  } catch (error) {
    // Ending the reading early is how it is told that one batch is enough.
    if (!enough.signal.aborted) throw error
  }
  return first
}
