const MOST_MS = 20
const STEP_UP_MS = 1
// One question in five comes too early: so it is noticed when the brokers have become faster.
const STEP_DOWN_MS = 0.25

/**
 * How long the brokers take to write a transaction's markers, as the last transactions have shown. Asking before costs them a
 * request each time, and asking late makes the next transaction wait.
 */
export class MarkersWait {
  #ms = 2

  /** Whole milliseconds. */
  get ms(): number {
    return Math.floor(this.#ms)
  }

  /** After waiting for `ms`, so many questions were asked before they were written. */
  learn(tooEarly: number): void {
    this.#ms = tooEarly > 0 ? Math.min(MOST_MS, this.#ms + STEP_UP_MS) : Math.max(0, this.#ms - STEP_DOWN_MS)
  }
}
