import { setTimeout as timer } from 'node:timers/promises'

/** Waits, or returns early when the signal aborts. Never rejects: the caller looks at the signal. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await timer(ms, undefined, { signal }).catch(() => undefined)
}

/** Yields every `intervalMs` until the signal aborts; the first time after one interval. */
export async function* every(intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
  for (;;) {
    await sleep(intervalMs, signal)
    if (signal.aborted) return
    yield
  }
}
