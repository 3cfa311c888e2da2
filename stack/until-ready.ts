import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats `attempt` until it succeeds. Fails with the last attempt's error once the signal aborts. */
export async function untilReady<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (cause) {
      if (signal.aborted) throw new Error('the server did not become ready in time', { cause })
    }
    await sleep(25)
  }
}
