import { sleep } from './time.ts'

/** Upper bounds on average; null: none. */
export interface RateLimits {
  readonly rowsPerSecond: number | null
  readonly bytesPerSecond: number | null
}

export const unlimited: RateLimits = { rowsPerSecond: null, bytesPerSecond: null }

/** How soon waiting work notices that the limits have changed. */
const noticeMs = 500

/**
 * Keeps work below a rate: a leaky bucket. Work is counted when it is done, in whatever portions it comes; until as much time
 * has passed as it may take, nothing further begins. Time that nobody used is not saved up.
 */
export class RateLimit {
  readonly #nowMs: () => number
  #limits: RateLimits
  #countedAtMs: number
  #rows = 0
  #bytes = 0

  /** `nowMs`: monotonic milliseconds. */
  constructor(limits: RateLimits, nowMs: () => number = () => performance.now()) {
    this.#limits = limits
    this.#nowMs = nowMs
    this.#countedAtMs = nowMs()
  }

  get limits(): RateLimits {
    return this.#limits
  }

  /** Whoever waits goes by the new limits within half a second. */
  set limits(limits: RateLimits) {
    this.#drain()
    this.#limits = limits
    if (limits.rowsPerSecond === null) this.#rows = 0
    if (limits.bytesPerSecond === null) this.#bytes = 0
  }

  /** Counts work that was done. */
  spend(rows: number, bytes: number): void {
    // Asking for the time costs more than everything else that is done here for a row.
    if (this.#limits.rowsPerSecond === null && this.#limits.bytesPerSecond === null) return
    this.#drain()
    if (this.#limits.rowsPerSecond !== null) this.#rows += rows
    if (this.#limits.bytesPerSecond !== null) this.#bytes += bytes
  }

  /** Milliseconds until more may be done. */
  get waitMs(): number {
    this.#drain()
    return (
      1000 *
      Math.max(share(this.#rows, this.#limits.rowsPerSecond), share(this.#bytes, this.#limits.bytesPerSecond))
    )
  }

  /** Waits until more may be done, or the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    for (let ms = this.waitMs; ms > 0 && !signal.aborted; ms = this.waitMs)
      await sleep(Math.min(ms, noticeMs), signal)
  }

  #drain(): void {
    const nowMs = this.#nowMs()
    const seconds = (nowMs - this.#countedAtMs) / 1000
    this.#countedAtMs = nowMs
    this.#rows = Math.max(0, this.#rows - seconds * (this.#limits.rowsPerSecond ?? 0))
    this.#bytes = Math.max(0, this.#bytes - seconds * (this.#limits.bytesPerSecond ?? 0))
  }
}

function share(amount: number, perSecond: number | null): number {
  return perSecond === null ? 0 : amount / perSecond
}
