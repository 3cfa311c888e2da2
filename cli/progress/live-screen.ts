import type { Output } from '../cli-context.ts'

/**
 * A block of lines at the bottom of a terminal that is drawn again in place, with ordinary lines scrolling by above it.
 * Sizes are read at each drawing, so a terminal may be resized at any time.
 */
export class LiveScreen {
  readonly #output: Output
  #drawn: readonly string[] = []

  constructor(output: Output) {
    this.#output = output
  }

  get columns(): number {
    return this.#output.columns ?? 80
  }

  get rows(): number {
    return this.#output.rows ?? 24
  }

  /** Replaces the block. */
  draw(lines: readonly string[]): void {
    this.#output.write(this.#erasure() + lines.map(line => `${line}\n`).join(''))
    this.#drawn = lines
  }

  /** Prints above the block: whole lines, each with its newline. */
  print(text: string): void {
    const block = this.#drawn
    this.#output.write(this.#erasure() + text + block.map(line => `${line}\n`).join(''))
  }

  /** Leaves the block where it is; whatever comes next is printed below it. */
  release(): void {
    this.#drawn = []
  }

  #erasure(): string {
    // A terminal that became narrower has wrapped the lines: they take more rows now than when they were drawn.
    const rows = this.#drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(Array.from(line).length / this.columns)),
      0,
    )
    return rows === 0 ? '' : `\u001B[${rows}A\r\u001B[0J`
  }
}
