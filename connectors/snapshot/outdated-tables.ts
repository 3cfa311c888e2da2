interface Outdated {
  readonly table: string
  marker: bigint | null
}

/**
 * Tables that a reader found in another shape than the stream has told. They rest until the stream tells it. It never does
 * when nothing was written to the table since: that is known once a marker behind the discovery is passed.
 */
export class OutdatedTables {
  readonly #tables = new Map<string, Outdated>()

  add(table: string): void {
    this.#tables.set(table, { table, marker: null })
  }

  /** The stream has told a new shape. */
  delete(table: string): void {
    this.#tables.delete(table)
  }

  has(table: string): boolean {
    return this.#tables.has(table)
  }

  /** Those that need a marker now. */
  marking(): { marked(marker: bigint): void }[] {
    return [...this.#tables.values()]
      .filter(({ marker }) => marker === null)
      .map(outdated => ({
        marked: marker => {
          outdated.marker ??= marker
        },
      }))
  }

  /** A table whose shape a stream that is published through this commit will not tell; null if there is none. */
  untold(throughCommit: bigint): string | null {
    for (const { table, marker } of this.#tables.values())
      if (marker !== null && throughCommit >= marker) return table
    return null
  }
}
