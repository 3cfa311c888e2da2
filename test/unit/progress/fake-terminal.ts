import type { Output } from '../../../cli/cli-context.ts'

// A regular expression literal may not hold the escape character.
const escape = '\u001B\\['
const controls = new RegExp(`(${escape}\\d+[AJ]|\\n|\\r)`, 'u')
const cursorUp = new RegExp(`^${escape}(\\d+)A$`, 'u')

/** A terminal that understands what LiveScreen writes, with wrapping. `screen()` is what a person would see. */
export class FakeTerminal implements Output {
  readonly isTTY = true
  columns: number
  rows: number
  #lines: string[] = ['']

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string): void {
    const parts = text.split(controls)
    for (const part of parts) if (part !== '') this.#take(part)
  }

  /** A narrower terminal wraps what it shows. */
  resize(columns: number): void {
    this.columns = columns
    this.#lines = this.#lines.flatMap(line => wrapped(line, columns))
  }

  screen(): readonly string[] {
    return this.#lines.filter((line, index) => line !== '' || index < this.#lines.length - 1)
  }

  #take(part: string): void {
    const up = cursorUp.exec(part)
    if (up !== null) this.#lines.length = Math.max(0, this.#lines.length - 1 - Number(up[1]))
    else if (part === '\u001B[0J') this.#lines.push('')
    else if (part === '\n') this.#lines.push('')
    else if (part !== '\r') this.#type(part)
  }

  #type(text: string): void {
    const last = this.#lines.pop() ?? ''
    this.#lines.push(...wrapped(last + text, this.columns))
  }
}

function wrapped(line: string, columns: number): string[] {
  const characters = Array.from(line)
  const lines: string[] = []
  for (let at = 0; at < characters.length; at += columns)
    lines.push(characters.slice(at, at + columns).join(''))
  return lines.length === 0 ? [''] : lines
}
