import type { RecordHeader } from '../kafka/record-headers.ts'
import { headerNames } from './encoder.ts'

/** What a row needs beside its Avro record, collected while it is encoded and turned into headers. Rare. */
export class RowExtras {
  #texts: [string, string | null][] | null = null
  #unchanged: string[] | null = null

  /** The exact text of a value that the Avro type cannot hold; null: the value is NULL where the type has no null. */
  text(column: string, text: string | null): void {
    this.#texts ??= []
    this.#texts.push([column, text])
  }

  /** The log did not carry the column. */
  unchanged(column: string): void {
    this.#unchanged ??= []
    this.#unchanged.push(column)
  }

  /** Moves what was collected into `headers`, which may be null as long as there are none. */
  drain(
    textHeader: typeof headerNames.text | typeof headerNames.textBefore,
    headers: RecordHeader[] | null,
  ): RecordHeader[] | null {
    if (this.#texts === null && this.#unchanged === null) return headers
    const all = headers ?? []
    if (this.#texts !== null) all.push([textHeader, Buffer.from(textObject(this.#texts))])
    if (this.#unchanged !== null && textHeader === headerNames.text) {
      all.push([headerNames.unchanged, Buffer.from(JSON.stringify(this.#unchanged))])
    }
    this.#texts = null
    this.#unchanged = null
    return all
  }
}

/** Column names may be anything, `__proto__` included: no object in between. */
export function textObject(texts: readonly (readonly [string, string | null])[]): string {
  return `{${texts.map(([column, text]) => `${JSON.stringify(column)}:${JSON.stringify(text)}`).join(',')}}`
}
