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
  const partials = new Map<string, PartialGroup>()
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
      operation[index] = partialOperation(plan, batch, entry, partials)
    }
  }
  return { operation, deletes, writes, partials: [...partials.values()] }
}

function partialOperation(
  plan: TablePlan,
  batch: TableBatch,
  entry: number,
  partials: Map<string, PartialGroup>,
): number {
  const open = batch.effectOf(entry) === effect.openPartial
  const carried = plan.columns.flatMap(({ source }, place) => (batch.isAbsent(entry, source) ? [] : [place]))
  const id = `${open}:${carried.join(',')}`
  const group = partials.get(id) ?? {
    operation: operations.firstPartial + partials.size,
    carried,
    rows: 0,
    open,
  }
  group.rows++
  partials.set(id, group)
  return group.operation
}
