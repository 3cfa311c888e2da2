/** 32-bit numbers, equally many for each entry, one entry behind the other. `values` is replaced when it grows: read it anew after each append. */
export class EntryFacts {
  values: Int32Array
  readonly width: number
  #length = 0

  /** `width`: numbers of an entry. `room`: entries that are likely to come. */
  constructor(width: number, room: number) {
    this.width = width
    this.values = new Int32Array(width * room)
  }

  /** Makes room for one more entry; returns where its numbers begin. */
  append(): number {
    const start = this.#length
    this.#length += this.width
    if (this.#length > this.values.length) this.#grow()
    return start
  }

  /** Appends all entries of another one of the same width. */
  appendAll(later: EntryFacts): void {
    const start = this.#length
    this.#length += later.#length
    if (this.#length > this.values.length) this.#grow()
    this.values.set(later.values.subarray(0, later.#length), start)
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(this.#length, this.values.length * 2))
    larger.set(this.values)
    this.values = larger
  }
}
