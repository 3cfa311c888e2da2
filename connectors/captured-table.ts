import { tableId } from '../core/table-ref.ts'
import type { Change } from '../schemas/change.ts'
import type { ChangeEncoder } from '../schemas/encoder.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import type { PartitionKey } from '../schemas/partition-key.ts'
import type { TableState } from '../schemas/state.ts'
import { copiedColumns } from '../schemas/table-schema.ts'

/** A table in the version of its schema that is valid now, with all that is needed to publish its rows. */
export interface CapturedTable {
  readonly id: string
  readonly state: TableState
  readonly encoder: ChangeEncoder
  readonly partitionKey: PartitionKey
  /** Where the key columns lie in a row. Empty: the table has no key. */
  readonly keyFields: readonly number[]
  /** Overwritten for each event. */
  readonly change: Change
  /** `data_collection_order`: events of this table in the transaction that `transaction` counts. */
  readonly order: { transaction: number; count: number }
}

export function capturedTable(
  state: TableState,
  encoder: ChangeEncoder,
  partitionKey: PartitionKey,
): CapturedTable {
  const columns = copiedColumns(state.schema)
  return {
    id: tableId(state.schema.table),
    state,
    encoder,
    partitionKey,
    keyFields: state.schema.key.map(name => columns.findIndex(column => column.name === name)),
    change: blankChange(),
    order: { transaction: 0, count: 0 },
  }
}

function blankChange(): Change {
  return {
    op: 'r',
    before: null,
    beforeIsKey: false,
    after: null,
    origin: { snapshot: true, committedAtUs: 0n, transactionId: null, previousCommit: null },
    lsn: 0n,
    totalOrder: 0,
    collectionOrder: 0,
    seenAtUs: 0n,
  }
}

/** Whether two rows of the table have the same key, byte for byte. */
export function sameKey(table: CapturedTable, one: FieldSlices, other: FieldSlices): boolean {
  for (const field of table.keyFields) if (!sameField(field, one, other)) return false
  return true
}

function sameField(field: number, one: FieldSlices, other: FieldSlices): boolean {
  const length = one.lengths[field] ?? 0
  if (length !== other.lengths[field]) return false
  if (length <= 0) return true
  const start = one.starts[field] ?? 0
  const otherStart = other.starts[field] ?? 0
  return one.buffer.compare(other.buffer, otherStart, otherStart + length, start, start + length) === 0
}
