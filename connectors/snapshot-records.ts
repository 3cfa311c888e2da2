import type { RecordBatchWriter } from '../kafka/record-batch-writer.ts'
import type { Change } from '../schemas/change.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import { rowOverlay } from '../schemas/row-overlay.ts'
import type { CapturedTable } from './captured-table.ts'
import type { OversizeRecords } from './oversize.ts'
import { RecordComposer } from './record-composer.ts'
import type { SnapshotRow } from './snapshot/run-task.ts'
import type { SnapshotTable } from './snapshot/snapshot-table.ts'

export interface SnapshotRowParts {
  readonly tables: ReadonlyMap<string, CapturedTable>
  readonly oversize: OversizeRecords
  readonly passed: () => bigint
  readonly now: () => number
}

/** Makes the composer of a table's snapshot rows. A row that is too large is parked. */
export function snapshotComposer(parts: SnapshotRowParts) {
  return (target: SnapshotTable): ((row: FieldSlices) => SnapshotRow) => {
    const table = parts.tables.get(target.id)
    if (table === undefined) return () => nothing
    const record = new SnapshotRecord(table, parts)
    return row => record.of(row)
  }
}

/** The table is not captured any more. */
const nothing: SnapshotRow = { partition: 0, bytes: 0, appendTo: () => undefined }

class SnapshotRecord implements SnapshotRow {
  bytes = 0
  readonly #composer = new RecordComposer()
  readonly #table: CapturedTable
  readonly #oversize: OversizeRecords
  readonly #change: Change

  constructor(table: CapturedTable, { oversize, passed, now }: SnapshotRowParts) {
    this.#table = table
    this.#oversize = oversize
    this.#change = snapshotChange('r', passed(), BigInt(now()) * 1000n)
  }

  get partition(): number {
    return this.#composer.partition
  }

  of(row: FieldSlices): SnapshotRow {
    this.bytes = 0
    this.#change.after = row
    this.#composer.key(this.#table, row)
    return this
  }

  appendTo(batch: RecordBatchWriter): void {
    const record = this.#composer
    const { after } = this.#change
    record.valueIn(batch, this.#table, this.#change, null)
    if (after === null || this.#oversize.refuses(this.#table, record, after)) return
    batch.end(record.headers)
    this.bytes = record.valueBytes
  }
}

function snapshotChange(op: 'r' | 't', lsn: bigint, seenAtUs: bigint): Change {
  const origin = { snapshot: true, committedAtUs: seenAtUs, transactionId: null, previousCommit: null }
  const nobody = { before: null, beforeIsKey: false, after: null }
  return { op, ...nobody, origin, lsn, totalOrder: 0, collectionOrder: 0, seenAtUs }
}

/** The table as the snapshot knows it. */
export function snapshotTable(table: CapturedTable, oversize: OversizeRecords): SnapshotTable {
  const { schema, topic, partitions } = table.state
  return {
    id: table.id,
    schema,
    topic,
    partitions,
    overlay: rowOverlay(schema, topic),
    refuses: row => oversize.refusesFolded(table, row),
    truncate: () => truncateOf(table),
  }
}

function truncateOf(table: CapturedTable) {
  const record = new RecordComposer()
  record.noKey()
  record.value(table, snapshotChange('t', 0n, 0n), null)
  return record.copyOfValue()
}
