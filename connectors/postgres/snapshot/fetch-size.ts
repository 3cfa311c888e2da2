const mostRows = 4096

/** How many rows to ask for next: few until their size is known, then as many as fit. */
export class FetchSize {
  readonly #maxBytes: number
  #rows = 1

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** For a chunk that has read this much so far. At least 1. */
  next(rows: number, bytes: number): number {
    if (rows === 0) return this.#rows
    const fitting = Math.ceil((this.#maxBytes - bytes) / Math.max(1, bytes / rows))
    this.#rows = Math.max(1, Math.min(fitting, this.#rows * 8, mostRows))
    return this.#rows
  }
}
