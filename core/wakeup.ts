/** Lets a loop sleep until there is something to do. A wake while nobody sleeps is kept for the next sleep. */
export class Wakeup {
  #isAwake = false
  #end: (() => void) | null = null

  wake(): void {
    this.#isAwake = true
    this.#end?.()
  }

  /**
   * Waits for a wake, at most so long; returns early when the signal aborts. One at a time. `AbortSignal.any` would do as
   * well, but a signal that lives long keeps a trace of every one that was derived from it.
   */
  async sleep(maxMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isAwake && !signal.aborted) await this.#ended(maxMs, signal)
    this.#isAwake = false
  }

  async #ended(maxMs: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#end = null
        resolve()
      }
      const timer = setTimeout(end, maxMs)
      signal.addEventListener('abort', end)
      this.#end = end
    })
  }
}
