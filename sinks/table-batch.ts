import type { FetchedBatch } from '../kafka/log.ts'
import type { RecordSpan } from '../kafka/record-span.ts'
import type { RowSpans } from '../schemas/decoder.ts'
import { GrowingInts } from './growing-ints.ts'
import type { TableVersion } from './table-version.ts'

/**
 * What an entry does. deleted: the row with this key goes; without a key, one row that looks like this. whole: the row is as given.
 * partial: the given columns are set. openPartial: the same, harmless when there is no row.
 */
export const effect = { deleted: 0, whole: 1, partial: 2, openPartial: 3 } as const
export type Effect = (typeof effect)[keyof typeof effect]

/** Where a record lies among the fetched batches of a sink's batch. */
export interface EventPlace {
  readonly source: number
  readonly offsetDelta: number
  readonly span: RecordSpan
}

/**
 * Events of one version of a table, still encoded: spans into the fetched bytes, an array for each fact and no object for
 * a row. Cells are numbered entry * columns + column.
 */
export class TableBatch {
  readonly version: TableVersion
  readonly sources: readonly FetchedBatch[]
  readonly columns: number
  count = 0
  /** Only new rows so far: nothing is deleted or changed. */
  plain = true
  readonly #effects = new GrowingInts()
  readonly #sourceOf = new GrowingInts()
  readonly #offsetDeltas = new GrowingInts()
  readonly #keyStarts = new GrowingInts()
  readonly #keyEnds = new GrowingInts()
  readonly #starts = new GrowingInts()
  readonly #ends = new GrowingInts()
  /** Cells whose text does not come from the span: exact texts and folded columns. Null is NULL. */
  readonly #texts = new Map<number, Buffer | null>()

  constructor(version: TableVersion, sources: readonly FetchedBatch[]) {
    this.version = version
    this.sources = sources
    this.columns = version.decoder.columns.length
  }

  /** Appends an entry and returns its number. `isNew`: the row was inserted or copied, so it should not be there yet. */
  add(place: EventPlace, row: RowSpans, what: Effect, isNew: boolean): number {
    const { span } = place
    const entry = this.count++
    this.#effects.push(what)
    this.#sourceOf.push(place.source)
    this.#offsetDeltas.push(place.offsetDelta)
    this.#keyStarts.push(span.keyStart)
    this.#keyEnds.push(span.keyEnd)
    this.#starts.append(row.starts, this.columns)
    this.#ends.append(row.ends, this.columns)
    if (!isNew || what !== effect.whole) this.plain = false
    return entry
  }

  effectOf(entry: number): Effect {
    // Only `add` and `setEffect` write it.
    return this.#effects.values[entry] as Effect
  }

  setEffect(entry: number, what: Effect): void {
    this.#effects.values[entry] = what
  }

  /** The cell's text, whatever the span says. */
  setText(entry: number, column: number, text: Buffer | null): void {
    const cell = entry * this.columns + column
    this.#texts.set(cell, text)
    this.#starts.values[cell] = textCell
  }

  /** The log did not carry the column. */
  setAbsent(entry: number, column: number): void {
    const cell = entry * this.columns + column
    this.#starts.values[cell] = absentCell
    this.#texts.delete(cell)
  }

  isAbsent(entry: number, column: number): boolean {
    return this.start(entry, column) === absentCell
  }

  /** Where the field begins in `bytesOf(entry)`; `textCell`: see `textOf`; `absentCell`: it is not there. */
  start(entry: number, column: number): number {
    return this.#starts.values[entry * this.columns + column] ?? absentCell
  }

  end(entry: number, column: number): number {
    return this.#ends.values[entry * this.columns + column] ?? 0
  }

  textOf(entry: number, column: number): Buffer | null {
    return this.#texts.get(entry * this.columns + column) ?? null
  }

  sourceOf(entry: number): FetchedBatch {
    const source = this.sources[this.#sourceOf.values[entry] ?? -1]
    if (source === undefined) throw new RangeError(`no entry ${entry}`)
    return source
  }

  bytesOf(entry: number): Buffer {
    return this.sourceOf(entry).bytes
  }

  offsetDelta(entry: number): number {
    return this.#offsetDeltas.values[entry] ?? 0
  }

  /** -1: the record has no key. */
  keyStart(entry: number): number {
    return this.#keyStarts.values[entry] ?? -1
  }

  keyEnd(entry: number): number {
    return this.#keyEnds.values[entry] ?? -1
  }
}

export const absentCell = -1
export const textCell = -2
