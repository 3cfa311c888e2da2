import { MigrationError } from '../core/errors.ts'
import type { Telemetry } from '../core/telemetry.ts'
import type { EncodedRecords } from '../kafka/log.ts'
import type { SnapshotState } from '../schemas/state.ts'
import type { CapturedTable } from './captured-table.ts'
import type { Effect, EventObserver } from './event-writer.ts'
import type { RecordComposer } from './record-composer.ts'
import { keyText } from './snapshot/published-change.ts'
import type { SnapshotScheduler } from './snapshot/snapshot-scheduler.ts'
import type { Taken } from './snapshot/snapshot-table.ts'
import type { Visibility } from './source.ts'

/** Snapshot rows that one Kafka transaction carries, about. */
const maxBytes = 16 << 20

/** What the snapshot adds to one Kafka transaction. */
export interface ReadyRows {
  /** In publishing order, behind the events. */
  readonly records: readonly EncodedRecords[]
  readonly state: readonly SnapshotState[]
  readonly taken: Taken
}

/** Stands between the publisher and the snapshot: tells events to it, and fetches the rows that may follow them. */
export class SnapshotFeed implements EventObserver {
  readonly #scheduler: SnapshotScheduler
  readonly #telemetry: Telemetry
  #newest: Visibility | null = null
  #transactionId = 0
  #transaction: bigint | null = null

  constructor(scheduler: SnapshotScheduler, telemetry: Telemetry) {
    this.#scheduler = scheduler
    this.#telemetry = telemetry
  }

  get holdsTooMuch(): boolean {
    return this.#scheduler.paused
  }

  visible(visibility: Visibility): void {
    this.#newest = visibility
    this.#scheduler.visible(visibility)
  }

  begin(transactionId: number): void {
    this.#transactionId = transactionId
    this.#transaction = null
  }

  isOpen(table: CapturedTable): boolean {
    return this.#scheduler.isOpen(table.id)
  }

  observe(table: CapturedTable, record: RecordComposer, effect: Effect): boolean {
    const transaction = this.#wideTransaction()
    if (table.keyFields.length === 0)
      return this.#scheduler.keyless(
        { table: table.id, op: table.change.op, transaction },
        record,
        record.headers,
      )
    const key = keyText(record)
    this.#scheduler.published({
      table: table.id,
      transaction,
      oldKey: effect === 'delete' ? key : null,
      newKey: effect === 'delete' ? null : key,
      partial: effect === 'partial' ? record.copyOfValue() : null,
    })
    return true
  }

  truncated(table: CapturedTable, record: RecordComposer): boolean {
    if (!this.#scheduler.isOpen(table.id)) return true
    const transaction = this.#wideTransaction()
    if (table.keyFields.length === 0)
      return this.#scheduler.keyless({ table: table.id, op: 't', transaction }, record, record.headers)
    this.#scheduler.truncated({ table: table.id, transaction })
    return true
  }

  hasReady(throughCommit: bigint): boolean {
    return this.#scheduler.hasReady(throughCommit)
  }

  take(throughCommit: bigint): ReadyRows {
    const taken = this.#scheduler.take(throughCommit, maxBytes)
    return { records: taken.rows.flatMap(rows => rows.batches), state: taken.states, taken }
  }

  /** The Kafka transaction with these rows is committed. */
  committed(ready: ReadyRows): void {
    ready.taken.committed()
    for (const { table, rows, dropped, chunk } of ready.taken.rows) {
      this.#telemetry.count('switchback_snapshot_rows_total', rows, { table })
      this.#telemetry.count('switchback_snapshot_rows_dropped_total', dropped, { table })
      if (chunk) this.#telemetry.count('switchback_snapshot_chunks_total', 1, { table })
    }
  }

  /** Published transactions that a new snapshot of the source might not see yet. */
  invisible(): string[] {
    return this.#scheduler.invisible()
  }

  #wideTransaction(): bigint {
    if (this.#newest === null)
      throw new MigrationError('source.protocol', 'the log was read before the first look at the source')
    this.#transaction ??= this.#newest.widen(this.#transactionId)
    return this.#transaction
  }
}
