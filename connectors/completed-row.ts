import { MigrationError } from '../core/errors.ts'
import { absentField, FieldSlices, nullField } from '../schemas/field-slices.ts'
import { copiedColumns } from '../schemas/table-schema.ts'
import type { CapturedTable } from './captured-table.ts'
import type { RowLookup } from './source.ts'

/**
 * The row with the columns that the log did not carry, as the source has them now: at least as new as the transaction. If
 * they changed once more, the log tells so later. Null: the source has no such row any more. Throws `source.value_lost`
 * when one of those columns was dropped since or has another type; what became of the others does not matter.
 */
export async function completed(
  lookup: RowLookup,
  table: CapturedTable,
  row: FieldSlices,
  transactionId: number,
): Promise<FieldSlices | null> {
  const { schema } = table.state
  const key = table.keyFields.map(field => bytesOf(row, field).toString())
  const isWanted = (field: number) => row.lengths[field] === absentField || table.keyFields.includes(field)
  const fields = [...row.lengths.keys()].filter(isWanted)
  const all = copiedColumns(schema)
  const columns = fields.flatMap(field => all[field] ?? [])
  const found = await lookup.row({ ...schema, columns }, key, transactionId).catch(refuseForGood)
  return found === null ? null : merged(row, found, fields)
}

/** The log will be the same whenever it is read, and the table is ahead of it already: waiting does not help. */
function refuseForGood(cause: unknown): never {
  if (!(cause instanceof MigrationError) || cause.code !== 'source.table_changed') throw cause
  throw new MigrationError('source.value_lost', cause.message, { cause })
}

/** `fields`: where the fields of `found` belong. */
function merged(row: FieldSlices, found: FieldSlices, fields: readonly number[]): FieldSlices {
  const whole = new FieldSlices(row.count)
  const parts: Buffer[] = []
  let at = 0
  for (let field = 0; field < row.count; field++) {
    const isAbsent = row.lengths[field] === absentField
    const from = isAbsent ? found : row
    const place = isAbsent ? fields.indexOf(field) : field
    const bytes = bytesOf(from, place)
    whole.starts[field] = at
    whole.lengths[field] = (from.lengths[place] ?? nullField) < 0 ? nullField : bytes.length
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
