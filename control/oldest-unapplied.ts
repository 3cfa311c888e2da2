import type { Log, Starting } from '../kafka/log.ts'

/** When the first record at or behind an offset was written, milliseconds since 1970; null if there is none. */
export async function oldestUnapplied(log: Log, from: Starting, signal: AbortSignal): Promise<number | null> {
  const enough = new AbortController()
  let writtenMs: number | null = null
  try {
    await log.readToEnd(
      from,
      batch => {
        writtenMs ??= batch.timestampMs
        enough.abort()
      },
      AbortSignal.any([signal, enough.signal]),
    )
  } catch (error) {
    // Ending the reading early is how it is told that one batch is enough.
    if (!enough.signal.aborted) throw error
  }
  return writtenMs
}
