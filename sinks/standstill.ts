const tickMs = 500

/** Tells whether this process stood still: it was suspended, or its machine was. */
export class Standstill {
  readonly #nowMs: () => number
  #timer: NodeJS.Timeout | null = null
  #tickedAtMs = 0
  #longestMs = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  watch(): void {
    this.end()
    this.#tickedAtMs = this.#nowMs()
    this.#longestMs = 0
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** The longest time since `watch` in which nothing of this process ran, milliseconds. */
  end(): number {
    if (this.#timer === null) return 0
    clearInterval(this.#timer)
    this.#timer = null
    this.#tick()
    return this.#longestMs
  }

  #tick(): void {
    const now = this.#nowMs()
    this.#longestMs = Math.max(this.#longestMs, now - this.#tickedAtMs)
    this.#tickedAtMs = now
  }
}
