import type { PartitionState } from './partition-state.ts'
import { TableBatch } from './table-batch.ts'
import type { TableVersion } from './table-version.ts'

/**
 * The batches of tables that are being collected. A table has one for each version, and when a partition goes back to an
 * earlier version, a further one: applied in order, each partition's events stay in order.
 */
export class TableBatches {
  readonly inOrder: TableBatch[] = []
  readonly #current = new Map<PartitionState, number>()
  readonly #room: ReadonlyMap<TableVersion, number>

  /** `before`: what was collected last, as large as what comes now is likely to be. */
  constructor(before: readonly TableBatch[] = []) {
    this.#room = new Map(before.map(({ version, count }) => [version, count + (count >> 3)]))
  }

  batchFor(partition: PartitionState, version: TableVersion): TableBatch {
    const at = this.#current.get(partition)
    const current = at === undefined ? undefined : this.inOrder[at]
    if (current?.version === version) return current
    let next = (at ?? -1) + 1
    while (next < this.inOrder.length && this.inOrder[next]?.version !== version) next++
    this.#current.set(partition, next)
    const found = this.inOrder[next]
    if (found !== undefined) return found
    const fresh = new TableBatch(version, this.#room.get(version))
    this.inOrder.push(fresh)
    return fresh
  }
}
