const longestMs = 300_000

/** Tries what failed again after ever longer pauses: an attempt reads whole tables and holds the sink up. */
export class AttemptPace {
  readonly #firstMs: number
  #waitMs: number
  #nextMs = 0

  constructor(firstMs: number) {
    this.#firstMs = firstMs
    this.#waitMs = firstMs
  }

  isDue(): boolean {
    return performance.now() >= this.#nextMs
  }

  attempted(): void {
    this.#nextMs = performance.now() + this.#waitMs
    this.#waitMs = Math.min(longestMs, this.#waitMs * 2)
  }

  reset(): void {
    this.#waitMs = this.#firstMs
    this.#nextMs = 0
  }
}
