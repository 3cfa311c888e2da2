import type { RowlessTable } from '../schemas/state.ts'

/**
 * Tables of which the log, up to a place, may change rows that were never published whole: when it told of their new key, they had gone
 * from the source already, with the values that it did not carry. Stored with the position, since such changes may follow
 * after a restart.
 */
export class RowlessTables {
  readonly #until: Map<string, bigint>

  constructor(stored: readonly RowlessTable[]) {
    this.#until = new Map(stored.map(({ table, until }) => [table, BigInt(until)]))
  }

  /** A row of the table is gone, and everything about it lies below `head`. */
  gone(table: string, head: bigint): void {
    this.#until.set(table, head)
  }

  /** Whether a partial update of the table that was written at `lsn` may find no row. */
  has(table: string, lsn: bigint): boolean {
    return this.#until.size > 0 && lsn < (this.#until.get(table) ?? lsn)
  }

  /** What must be remembered by whoever goes on at `passed`: every transaction below has been seen. */
  after(passed: bigint): readonly RowlessTable[] {
    const left: RowlessTable[] = []
    for (const [table, until] of this.#until) if (passed < until) left.push({ table, until: String(until) })
    return left
  }
}
