import type { FetchedBatch } from '../kafka/log.ts'
import type { RecordCursor } from '../kafka/record-cursor.ts'
import type { RowSpans } from '../schemas/decoder.ts'
import { GrowingInts } from './growing-ints.ts'
import type { TableVersion } from './table-version.ts'

/**
 * What an entry does. deleted: the row with this key goes; without a key, one row that looks like this. whole: the row is as given.
 * partial: the given columns are set. openPartial: the same, harmless when there is no row.
 */
export const effect = { deleted: 0, whole: 1, partial: 2, openPartial: 3 } as const
export type Effect = (typeof effect)[keyof typeof effect]

/** `isNew`: the row was inserted or copied, so that it should not be there yet. */
export interface EntryKind {
  readonly effect: Effect
  readonly isNew: boolean
}

/**
 * Events of one version of a table, still encoded: spans into the fetched bytes, an array for each fact and no object for
 * a row. Cells are numbered entry * columns + column.
 */
export class TableBatch {
  readonly version: TableVersion
  readonly sources: FetchedBatch[] = []
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

  constructor(version: TableVersion) {
    this.version = version
    this.columns = version.decoder.columns.length
  }

  /** Makes a fetched batch one whose records entries are made of; returns its number. */
  source(batch: FetchedBatch): number {
    if (this.sources.at(-1) !== batch) this.sources.push(batch)
    return this.sources.length - 1
  }

  /** Appends an entry for the record of `sources[source]` on which the cursor stands; returns its number. */
  add(source: number, record: RecordCursor, row: RowSpans, kind: EntryKind): number {
    const entry = this.count++
    this.#effects.push(kind.isNew ? kind.effect | newBit : kind.effect)
    this.#sourceOf.push(source)
    this.#offsetDeltas.push(record.offsetDelta)
    this.#keyStarts.push(record.keyStart)
    this.#keyEnds.push(record.keyEnd)
    this.#starts.append(row.starts, this.columns)
    this.#ends.append(row.ends, this.columns)
    if (!kind.isNew) this.plain = false
    return entry
  }

  /** Appends the entries of a later batch of the same version. */
  appendAll(later: TableBatch): void {
    const base = this.count * this.columns
    const sourceBase = this.sources.length
    this.sources.push(...later.sources)
    for (let entry = 0; entry < later.count; entry++)
      this.#sourceOf.push(sourceBase + (later.#sourceOf.values[entry] ?? 0))
    this.#effects.append(later.#effects.values, later.count)
    this.#offsetDeltas.append(later.#offsetDeltas.values, later.count)
    this.#keyStarts.append(later.#keyStarts.values, later.count)
    this.#keyEnds.append(later.#keyEnds.values, later.count)
    this.#starts.append(later.#starts.values, later.count * this.columns)
    this.#ends.append(later.#ends.values, later.count * this.columns)
    for (const [cell, text] of later.#texts) this.#texts.set(base + cell, text)
    this.count += later.count
    this.plain &&= later.plain
  }

  effectOf(entry: number): Effect {
    // Only `add` and `setEffect` write it.
    return ((this.#effects.values[entry] ?? 0) & ~newBit) as Effect
  }

  /** Before this batch its row should not have been there. */
  isNew(entry: number): boolean {
    return ((this.#effects.values[entry] ?? 0) & newBit) !== 0
  }

  setNew(entry: number, isNew: boolean): void {
    this.#effects.values[entry] = isNew ? this.effectOf(entry) | newBit : this.effectOf(entry)
  }

  setEffect(entry: number, what: Effect): void {
    this.#effects.values[entry] = this.isNew(entry) ? what | newBit : what
    if (what !== effect.whole) this.plain = false
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

  /** Where all fields begin: see `start`. The next `add` may replace it. */
  get starts(): Int32Array {
    return this.#starts.values
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

const newBit = 8

export const absentCell = -1
export const textCell = -2
