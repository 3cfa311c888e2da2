/** What happened, and when: milliseconds since the beginning. */
export class Timeline {
  readonly #begunMs = performance.now()
  readonly #lines: string[] = []
  readonly #onLine: (line: string) => void

  /** `onLine` is told of each line at once. */
  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine
  }

  note(what: string): void {
    const atMs = Math.round(performance.now() - this.#begunMs)
    const line = `${String(atMs).padStart(8)}  ${what}`
    this.#lines.push(line)
    this.#onLine(line)
  }

  toString(): string {
    return this.#lines.join('\n')
  }
}
