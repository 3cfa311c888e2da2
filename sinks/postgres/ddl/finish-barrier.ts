import type { Client } from 'pg'
import { tableId } from '../../../core/table-ref.ts'
import { firstBatch } from '../../../kafka/first-batch.ts'
import type { Log, PartitionRange } from '../../../kafka/log.ts'
import { partitionId } from '../../../kafka/partition-id.ts'
import type { TableState } from '../../../schemas/state.ts'
import type { StoredState } from '../../../schemas/stored-state.ts'
import { readAppliedOffsets } from './applied-offsets.ts'

/** The tables of the migration if all of them are copied, else null. */
export function copiedTables(state: StoredState): readonly TableState[] | null {
  const tables = [...state.tables.values()]
  const isCopied = ({ schema }: TableState) =>
    state.snapshots.get(tableId(schema.table))?.progress.phase === 'copied'
  return tables.length > 0 && tables.every(isCopied) ? tables : null
}

/** The places up to which the topics of copied tables were written: all rows of the copy lie before them. */
export class FinishBarrier {
  readonly #log: Log
  readonly #ranges: readonly PartitionRange[]
  #applied = new Map<string, bigint>()
  #readable = false

  private constructor(log: Log, ranges: readonly PartitionRange[]) {
    this.#log = log
    this.#ranges = ranges
  }

  /** To be called after the state that says copied was read. */
  static async at(log: Log, tables: readonly TableState[]): Promise<FinishBarrier> {
    return new FinishBarrier(log, await log.ranges(tables.map(({ topic }) => topic)))
  }

  /** Whether the target has applied everything before it. To be asked again and again. */
  async isPassed(client: Client, migration: string, signal: AbortSignal): Promise<boolean> {
    const before = this.#applied
    const applied = await readAppliedOffsets(client, migration)
    this.#applied = new Map(applied.map(partition => [partitionId(partition), partition.offset]))
    for (const { topic, partition, written } of this.#ranges) {
      const offset = this.#applied.get(partitionId({ topic, partition }))
      if (written === 0n || (offset !== undefined && offset >= written)) continue
      // Behind and moving: there is more to come. Behind and standing still: perhaps only Kafka's own markers are left.
      if (offset === undefined || before.get(partitionId({ topic, partition })) !== offset) return false
      if (!(await this.#canBeRead())) return false
      const next = await firstBatch(this.#log, { topic, partition, offset }, signal)
      if (next !== null && next.baseOffset < written) return false
    }
    return true
  }

  /** Whether all transactions have ended that were written before it. Once they have, nobody is asked any more. */
  async #canBeRead(): Promise<boolean> {
    if (this.#readable) return true
    const ranges = await this.#log.ranges([...new Set(this.#ranges.map(({ topic }) => topic))])
    const ends = new Map(ranges.map(range => [partitionId(range), range.end]))
    this.#readable = this.#ranges.every(range => (ends.get(partitionId(range)) ?? 0n) >= range.written)
    return this.#readable
  }
}
