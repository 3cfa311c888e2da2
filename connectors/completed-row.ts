import { MigrationError } from '../core/errors.ts'
import { absentField, FieldSlices, nullField } from '../schemas/field-slices.ts'
import type { CapturedTable } from './captured-table.ts'
import type { RowLookup } from './source.ts'

/**
 * The row with the columns that the log did not carry, as the source has them now: at least as new as the transaction. If
 * they changed once more, the log tells so later. Null: the source has no such row any more, or in another shape.
 */
export async function completed(
  lookup: RowLookup,
  table: CapturedTable,
  row: FieldSlices,
  transactionId: number,
): Promise<FieldSlices | null> {
  const found = await find(lookup, table, row, transactionId)
  return found === null ? null : merged(row, found)
}

async function find(
  lookup: RowLookup,
  table: CapturedTable,
  row: FieldSlices,
  transactionId: number,
): Promise<FieldSlices | null> {
  const key = table.keyFields.map(field => bytesOf(row, field).toString())
  try {
    return await lookup.row(table.state.schema, key, transactionId)
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'source.table_changed') return null
    throw error
  }
}

function merged(row: FieldSlices, found: FieldSlices): FieldSlices {
  const whole = new FieldSlices(row.count)
  const parts: Buffer[] = []
  let at = 0
  for (let field = 0; field < row.count; field++) {
    const from = row.lengths[field] === absentField ? found : row
    const bytes = bytesOf(from, field)
    whole.starts[field] = at
    whole.lengths[field] = (from.lengths[field] ?? nullField) < 0 ? nullField : bytes.length
    parts.push(bytes)
    at += bytes.length
  }
  whole.buffer = Buffer.concat(parts)
  return whole
}

function bytesOf(row: FieldSlices, field: number): Buffer {
  const start = row.starts[field] ?? 0
  return row.buffer.subarray(start, start + Math.max(row.lengths[field] ?? 0, 0))
}
