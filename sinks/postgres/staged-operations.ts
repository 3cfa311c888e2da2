import { effect, type TableBatch } from '../table-batch.ts'
import { operations, type TablePlan } from './table-plan.ts'

/** Partial updates that carry the same columns. */
export interface PartialGroup {
  readonly operation: number
  /** Places of the carried columns among the planned ones. */
  readonly carried: readonly number[]
  rows: number
  /** Rows that are not there are to be expected. */
  readonly open: boolean
}

export interface StagedOperations {
  /** What each entry is staged as. */
  readonly operation: Int16Array
  readonly deletes: number
  readonly writes: number
  readonly partials: readonly PartialGroup[]
}

/** Numbers what the entries do, so that one statement can do the same for many rows. */
export function stagedOperations(plan: TablePlan, batch: TableBatch, entries: Int32Array): StagedOperations {
  const operation = new Int16Array(entries.length)
  const partials = new PartialGroups(plan, batch)
  let deletes = 0
  let writes = 0
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] ?? 0
    const what = batch.effectOf(entry)
    if (what === effect.deleted) {
      operation[index] = operations.delete
      deletes++
    } else if (what === effect.whole) {
      operation[index] = operations.write
      writes++
    } else {
      operation[index] = partials.add(entry, what === effect.openPartial)
    }
  }
  return { operation, deletes, writes, partials: partials.all }
}

class PartialGroups {
  readonly #plan: TablePlan
  readonly #batch: TableBatch
  readonly #groups = new Map<string, PartialGroup>()
  /** Of the entry before: most lack the same columns as that. */
  #last: PartialGroup | null = null

  constructor(plan: TablePlan, batch: TableBatch) {
    this.#plan = plan
    this.#batch = batch
  }

  get all(): readonly PartialGroup[] {
    return [...this.#groups.values()]
  }

  /** Gives the number of the entry's operation. */
  add(entry: number, open: boolean): number {
    const last = this.#last
    const group =
      last?.open === open && this.#carries(entry, last.carried) ? last : this.#groupOf(entry, open)
    group.rows++
    this.#last = group
    return group.operation
  }

  #carries(entry: number, carried: readonly number[]): boolean {
    const { columns } = this.#plan
    let found = 0
    for (let place = 0; place < columns.length; place++)
      if (this.#isCarried(entry, place) && carried[found++] !== place) return false
    return found === carried.length
  }

  #groupOf(entry: number, open: boolean): PartialGroup {
    const carried = this.#plan.columns.flatMap((_, place) => (this.#isCarried(entry, place) ? [place] : []))
    const id = `${open}:${carried.join(',')}`
    const group = this.#groups.get(id) ?? {
      operation: operations.firstPartial + this.#groups.size,
      carried,
      rows: 0,
      open,
    }
    this.#groups.set(id, group)
    return group
  }

  #isCarried(entry: number, place: number): boolean {
    const source = this.#plan.columns[place]?.source
    return source !== undefined && !this.#batch.isAbsent(entry, source)
  }
}
