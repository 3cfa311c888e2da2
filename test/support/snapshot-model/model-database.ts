import type { Visibility } from '../../../connectors/source.ts'
import type { Choices } from './choices.ts'

/** A row of either table. Columns hold the number of the write that set them, so that older and newer can be told apart. */
export interface ModelRow {
  readonly key: number
  readonly a: number
  readonly b: number
  /** The write that made the row under this key. */
  readonly born: number
}
export type TableName = 'keyed' | 'bag'
export interface ModelEvent {
  readonly table: TableName
  readonly op: 'c' | 'u' | 'd' | 't'
  readonly row: ModelRow | null
  readonly before: ModelRow | null
  /** A column that the log does not carry. */
  readonly absent: 'a' | 'b' | null
  readonly write: number
}
export interface ModelTransaction {
  readonly id: bigint
  readonly events: readonly ModelEvent[]
}

const keyCount = 10

/** A source whose commits are in the log before new snapshots see them, and whose rows are locked in between. */
export class ModelDatabase {
  readonly log: ModelTransaction[] = []
  readonly running: bigint[] = []
  readonly invisible: bigint[] = []
  readonly #latest = { keyed: new Map<number, ModelRow>(), bag: new Map<number, ModelRow>() }
  readonly #locks = new Map<bigint, Set<string>>()
  #nextId = 100n
  #writes = 0

  /** Rows from long ago, which the stream will never bring. */
  constructor() {
    const events: ModelEvent[] = []
    for (let count = 0; count < 6; count++) {
      const write = ++this.#writes
      const common = { op: 'c', before: null, absent: null, write } as const
      events.push(
        ...this.#apply({ ...common, table: 'keyed', row: { key: count, a: write, b: write, born: write } }),
      )
      events.push(
        ...this.#apply({ ...common, table: 'bag', row: { key: write, a: write, b: write, born: write } }),
      )
    }
    this.log.push({ id: this.#nextId++, events })
  }

  begin(): void {
    this.running.push(this.#nextId++)
  }

  /** All transactions that have begun so far have lower ids. */
  get nextId(): bigint {
    return this.#nextId
  }

  /** Writes a transaction with a few changes to the log. */
  commit(choices: Choices): void {
    const [id] = this.running.splice(choices.below(this.running.length), 1)
    if (id === undefined) return
    const locks = new Set<string>()
    this.#locks.set(id, locks)
    const events: ModelEvent[] = []
    for (let left = 1 + choices.below(3); left > 0; left--) events.push(...this.#change(choices, locks))
    this.log.push({ id, events })
    this.invisible.push(id)
  }

  reveal(choices: Choices): void {
    const [id] = this.invisible.splice(choices.below(this.invisible.length), 1)
    if (id !== undefined) this.#locks.delete(id)
  }

  /** Returns its place in the log: the number of entries up to it. */
  mark(): bigint {
    return BigInt(this.log.push({ id: this.#nextId++, events: [] }))
  }

  snapshot(): Visibility {
    return modelVisibility([this.#nextId, ...this.running, ...this.invisible].join(' '))
  }

  /** The rows that a snapshot sees, by key. */
  rows(table: TableName, visibility: Visibility): ModelRow[] {
    const rows = new Map<number, ModelRow>()
    const seen = this.log.filter(({ id }) => visibility.sees(id)).flatMap(({ events }) => events)
    for (const event of seen) if (event.table === table) replay(rows, event)
    return [...rows.values()].toSorted((one, other) => one.key - other.key)
  }

  #change(choices: Choices, locks: Set<string>): ModelEvent[] {
    const table = choices.below(3) === 0 ? 'bag' : 'keyed'
    if (choices.below(20) === 0) return this.#truncate(table, locks)
    const rows = this.#latest[table]
    const existing = [...rows.values()][choices.below(rows.size)]
    if (existing === undefined || choices.below(3) === 0) return this.#insert(table, choices, locks)
    if (!this.#lock(table, existing.key, locks)) return []
    const kind = choices.below(table === 'keyed' ? 6 : 4)
    if (kind === 5) return this.#move(existing, choices, locks)
    if (kind > 0) return this.#update(table, existing, kind === 1 ? 2 : choices.below(2))
    const write = ++this.#writes
    return this.#apply({ table, op: 'd', row: null, before: existing, absent: null, write })
  }

  /** `left`: the column that is left as it was and, in the table with a key, out of the log: 0, 1, or 2 for none. */
  #update(table: TableName, before: ModelRow, left: number): ModelEvent[] {
    const write = ++this.#writes
    const absent = table === 'bag' ? null : ((['a', 'b'] as const)[left] ?? null)
    const row = { ...before, a: write, b: write, ...(absent && { [absent]: before[absent] }) }
    return this.#apply({ table, op: 'u', row, before, absent, write })
  }

  #insert(table: TableName, choices: Choices, locks: Set<string>): ModelEvent[] {
    const write = ++this.#writes
    const key = table === 'bag' ? write : choices.below(keyCount)
    if (this.#latest[table].has(key) || !this.#lock(table, key, locks)) return []
    const row = { key, a: write, b: write, born: write }
    return this.#apply({ table, op: 'c', row, before: null, absent: null, write })
  }

  /** A changed key: a delete and an insert, as the publisher makes of it. */
  #move(from: ModelRow, choices: Choices, locks: Set<string>): ModelEvent[] {
    const key = choices.below(keyCount)
    if (this.#latest.keyed.has(key) || !this.#lock('keyed', key, locks)) return []
    const write = ++this.#writes
    const gone = { table: 'keyed', op: 'd', row: null, before: from, absent: null, write } as const
    const row = { ...from, key, born: write }
    const come = { table: 'keyed', op: 'c', row, before: null, absent: null, write } as const
    return [...this.#apply(gone), ...this.#apply(come)]
  }

  #truncate(table: TableName, locks: Set<string>): ModelEvent[] {
    const others = [...this.#locks.values()].filter(held => held !== locks).flatMap(held => [...held])
    if (others.some(lock => lock.startsWith(table))) return []
    locks.add(`${table} all`)
    return this.#apply({ table, op: 't', row: null, before: null, absent: null, write: ++this.#writes })
  }

  #lock(table: TableName, key: number, locks: Set<string>): boolean {
    const lock = `${table} ${key}`
    for (const [, others] of this.#locks)
      if (others !== locks && (others.has(lock) || others.has(`${table} all`))) return false
    locks.add(lock)
    return true
  }

  #apply(event: ModelEvent): ModelEvent[] {
    replay(this.#latest[event.table], event)
    return [event]
  }
}

function replay(rows: Map<number, ModelRow>, event: ModelEvent): void {
  if (event.op === 't') rows.clear()
  if (event.before !== null) rows.delete(event.before.key)
  if (event.row !== null) rows.set(event.row.key, event.row)
}

/** Text: the next id, then those that were not visible. */
export function modelVisibility(text: string): Visibility {
  const [next = 0n, ...unseen] = text.split(' ').map(BigInt)
  const hidden = new Set(unseen)
  return {
    text,
    xmin: unseen.reduce((least, id) => (id < least ? id : least), next),
    xmax: next,
    sees: id => id < next && !hidden.has(id),
    widen: BigInt,
  }
}
