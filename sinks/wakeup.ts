import { sleep } from '../core/time.ts'

/** Lets a loop sleep until there is something to do. A wake while nobody sleeps is kept for the next sleep. */
export class Wakeup {
  #waker = new AbortController()

  wake(): void {
    this.#waker.abort()
  }

  /** Waits for a wake, at most so long; returns early when the signal aborts. */
  async sleep(maxMs: number, signal: AbortSignal): Promise<void> {
    await sleep(maxMs, AbortSignal.any([signal, this.#waker.signal]))
    if (this.#waker.signal.aborted) this.#waker = new AbortController()
  }
}
