import type { Change } from '../schemas/change.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import { rowOverlay } from '../schemas/row-overlay.ts'
import type { CapturedTable } from './captured-table.ts'
import type { OversizeRecords } from './oversize.ts'
import { RecordComposer } from './record-composer.ts'
import type { ComposedRow } from './snapshot/run-task.ts'
import type { SnapshotTable } from './snapshot/snapshot-table.ts'

export interface SnapshotRowParts {
  readonly tables: ReadonlyMap<string, CapturedTable>
  readonly oversize: OversizeRecords
  readonly passed: () => bigint
  readonly now: () => number
}

/** Makes the composer of a table's snapshot rows: null for a row that is too large and was parked. */
export function snapshotComposer(parts: SnapshotRowParts) {
  return (target: SnapshotTable): ((row: FieldSlices) => ComposedRow | null) => {
    const record = new RecordComposer()
    const lsn = parts.passed()
    const seenAtUs = BigInt(parts.now()) * 1000n
    const origin = { snapshot: true, committedAtUs: seenAtUs, transactionId: null, previousCommit: null }
    const table = parts.tables.get(target.id)
    return row => {
      if (table === undefined) return null
      const change = table.change
      change.op = 'r'
      change.before = null
      change.after = row
      change.origin = origin
      change.lsn = lsn
      change.totalOrder = 0
      change.collectionOrder = 0
      change.seenAtUs = seenAtUs
      record.key(table, row)
      record.value(table, change, null)
      return parts.oversize.refuses(table, record, row) ? null : record
    }
  }
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
  const origin = { snapshot: true, committedAtUs: 0n, transactionId: null, previousCommit: null }
  const nothing: Partial<Change> = { op: 't', before: null, after: null, origin, lsn: 0n, totalOrder: 0 }
  Object.assign(table.change, nothing)
  record.noKey()
  record.value(table, table.change, null)
  return record.copyOfValue()
}
