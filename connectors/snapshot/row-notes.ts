import type { EncodedValue, RowOverlay } from '../../schemas/overlay.ts'

/** What the events of a window mean for the row with their key: it is dropped, or published with these columns on top. */
export type RowNote = 'drop' | EncodedValue

/** The newer events of one window, by key. Kept for keys whose rows are still to arrive as well. */
export class RowNotes {
  readonly #notes = new Map<string, RowNote>()
  readonly #overlay: RowOverlay
  #only: ReadonlySet<string> | null = null

  constructor(overlay: RowOverlay) {
    this.#overlay = overlay
  }

  get size(): number {
    return this.#notes.size
  }

  get(key: string): RowNote | undefined {
    return this.#notes.get(key)
  }

  /** The row is gone or was published whole by an event. */
  drop(key: string): void {
    if (this.#concerns(key)) this.#notes.set(key, 'drop')
  }

  /** An event carried some columns of the row. A row that is dropped stays dropped: its successor is in the stream. */
  fold(key: string, event: EncodedValue): void {
    if (!this.#concerns(key)) return
    const note = this.#notes.get(key)
    if (note === 'drop') return
    this.#notes.set(key, note === undefined ? event : this.#overlay(note, event))
  }

  get restricted(): boolean {
    return this.#only !== null
  }

  /** From now on only these keys matter: bounds the memory of a window that stays open for long. */
  restrict(keys: ReadonlySet<string>): void {
    this.#only = keys
    for (const key of this.#notes.keys()) if (!keys.has(key)) this.#notes.delete(key)
  }

  clear(): void {
    this.#notes.clear()
  }

  #concerns(key: string): boolean {
    return this.#only === null || this.#only.has(key)
  }
}
