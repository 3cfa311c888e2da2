import type { TableBatch } from '../table-batch.ts'
import type { WriteMode } from './table-statements.ts'

const mostBatches = 256

/** Remembers which tables already had rows that were said to be new: for a while such batches are merged at once. */
export class WriteMemory {
  readonly #merging = new Map<string, { left: number; next: number }>()

  mode(batch: TableBatch): WriteMode {
    const merging = this.#merging.get(batch.version.id)
    if (merging === undefined || merging.left === 0) return 'copy'
    merging.left--
    return 'merge'
  }

  /** A copy met a row that was there. Each time in a row, the next attempt is put off for longer. */
  collided(batch: TableBatch): void {
    const next = this.#merging.get(batch.version.id)?.next ?? 4
    this.#merging.set(batch.version.id, { left: next, next: Math.min(mostBatches, next * 2) })
  }

  copied(batch: TableBatch): void {
    this.#merging.delete(batch.version.id)
  }
}
