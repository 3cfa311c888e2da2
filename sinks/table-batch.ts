import type { FetchedBatch } from '../kafka/log.ts'
import type { RecordCursor } from '../kafka/record-cursor.ts'
import type { RowSpans } from '../schemas/decoder.ts'
import { EntryFacts } from './entry-facts.ts'
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
 * Events of one version of a table, still encoded: places in the fetched bytes, all in one array and no object for a row.
 * What lies together is used together, so that a row costs little memory to go through.
 */
export class TableBatch {
  readonly version: TableVersion
  readonly sources: FetchedBatch[] = []
  readonly columns: number
  count = 0
  /** Only new rows so far: nothing is deleted or changed. */
  plain = true
  readonly #facts: EntryFacts
  /** Cells whose text does not come from the span: exact texts and folded columns. Null is NULL. */
  readonly #texts = new Map<number, Buffer | null>()

  /** `room`: entries that are likely to come. */
  constructor(version: TableVersion, room = 64) {
    this.version = version
    this.columns = version.decoder.columns.length
    this.#facts = new EntryFacts(factsBefore + this.columns, room)
  }

  /** Makes a fetched batch one whose records entries are made of; returns its number. */
  source(batch: FetchedBatch): number {
    if (this.sources.at(-1) !== batch) this.sources.push(batch)
    return this.sources.length - 1
  }

  /** Appends an entry for the record of `sources[source]` on which the cursor stands; returns its number. */
  add(source: number, record: RecordCursor, row: RowSpans, kind: EntryKind): number {
    const at = this.#facts.append()
    const { values } = this.#facts
    values[at] = kind.isNew ? kind.effect | newBit : kind.effect
    values[at + sourceFact] = source
    values[at + offsetFact] = record.offsetDelta
    values[at + keyStartFact] = record.keyStart
    values[at + keyEndFact] = record.keyEnd
    const { starts } = row
    const first = at + factsBefore
    for (let column = 0; column < this.columns; column++)
      values[first + column] = starts[column] ?? absentCell
    if (!kind.isNew) this.plain = false
    return this.count++
  }

  /** Appends the entries of a later batch of the same version. */
  appendAll(later: TableBatch): void {
    const base = this.count
    const sourceBase = this.sources.length
    const { width } = this.#facts
    this.#facts.appendAll(later.#facts)
    const { values } = this.#facts
    for (let entry = base; entry < base + later.count; entry++) {
      const at = entry * width + sourceFact
      values[at] = (values[at] ?? 0) + sourceBase
    }
    for (const source of later.sources) this.sources.push(source)
    for (const [cell, text] of later.#texts) this.#texts.set(base * width + cell, text)
    this.count += later.count
    this.plain &&= later.plain
  }

  effectOf(entry: number): Effect {
    // Only `add` and `setEffect` write it.
    return (this.#fact(entry, 0) & ~newBit) as Effect
  }

  /** Before this batch its row should not have been there. */
  isNew(entry: number): boolean {
    return (this.#fact(entry, 0) & newBit) !== 0
  }

  setNew(entry: number, isNew: boolean): void {
    this.#setKind(entry, { effect: this.effectOf(entry), isNew })
  }

  setEffect(entry: number, what: Effect): void {
    this.#setKind(entry, { effect: what, isNew: this.isNew(entry) })
    if (what !== effect.whole) this.plain = false
  }

  /** The cell's text, whatever the span says. */
  setText(entry: number, column: number, text: Buffer | null): void {
    const cell = this.firstCell(entry) + column
    this.#texts.set(cell, text)
    this.#facts.values[cell] = textCell
  }

  /** The log did not carry the column. */
  setAbsent(entry: number, column: number): void {
    const cell = this.firstCell(entry) + column
    this.#facts.values[cell] = absentCell
    this.#texts.delete(cell)
  }

  isAbsent(entry: number, column: number): boolean {
    return this.start(entry, column) === absentCell
  }

  /** Where all fields begin, as `start` has it: those of an entry from `firstCell(entry)` on. The next `add` may replace it. */
  get starts(): Int32Array {
    return this.#facts.values
  }

  firstCell(entry: number): number {
    return entry * this.#facts.width + factsBefore
  }

  /** Where the field begins in `bytesOf(entry)`; `textCell`: see `textOf`; `absentCell`: it is not there. */
  start(entry: number, column: number): number {
    return this.#facts.values[this.firstCell(entry) + column] ?? absentCell
  }

  textOf(entry: number, column: number): Buffer | null {
    return this.#texts.get(this.firstCell(entry) + column) ?? null
  }

  sourceOf(entry: number): FetchedBatch {
    const source = this.sources[this.#fact(entry, sourceFact)]
    if (entry >= this.count || source === undefined) throw new RangeError(`no entry ${entry}`)
    return source
  }

  bytesOf(entry: number): Buffer {
    return this.sourceOf(entry).bytes
  }

  offsetDelta(entry: number): number {
    return this.#fact(entry, offsetFact)
  }

  /** -1: the record has no key. */
  keyStart(entry: number): number {
    return this.#fact(entry, keyStartFact)
  }

  keyEnd(entry: number): number {
    return this.#fact(entry, keyEndFact)
  }

  #fact(entry: number, fact: number): number {
    return this.#facts.values[entry * this.#facts.width + fact] ?? 0
  }

  #setKind(entry: number, kind: EntryKind): void {
    this.#facts.values[entry * this.#facts.width] = kind.isNew ? kind.effect | newBit : kind.effect
  }
}

const newBit = 8

/** Places of an entry's facts behind its kind. Where its fields begin comes last. */
const sourceFact = 1
const offsetFact = 2
const keyStartFact = 3
const keyEndFact = 4
const factsBefore = 5

export const absentCell = -1
export const textCell = -2
