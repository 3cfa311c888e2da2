/** What happened, and when: milliseconds since the beginning. */
export class Timeline {
  readonly #begunMs = performance.now()
  readonly #lines: string[] = []

  note(what: string): void {
    const atMs = Math.round(performance.now() - this.#begunMs)
    this.#lines.push(`${String(atMs).padStart(8)}  ${what}`)
  }

  toString(): string {
    return this.#lines.join('\n')
  }
}
