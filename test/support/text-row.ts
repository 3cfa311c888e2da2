import { absentField, FieldSlices, nullField } from '../../schemas/field-slices.ts'
import { copiedColumns, type TableSchema } from '../../schemas/table-schema.ts'

/** A row as the database's text; `absent`: the log did not carry the value. */
export type TextRow = Readonly<Record<string, string | null | { readonly absent: true }>>

/** The row as a connector would hand it on, somewhere within a buffer. */
export function slicesOf(schema: TableSchema, row: TextRow): FieldSlices {
  const columns = copiedColumns(schema)
  const slices = new FieldSlices(columns.length)
  const parts: Buffer[] = [Buffer.from('x"1')]
  let start = 3
  columns.forEach((column, i) => {
    const value = row[column.name] ?? null
    const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.alloc(0)
    slices.starts[i] = start
    slices.lengths[i] = typeof value === 'string' ? bytes.length : value === null ? nullField : absentField
    parts.push(bytes)
    start += bytes.length
  })
  slices.buffer = Buffer.concat([...parts, Buffer.from('9"x')])
  return slices
}
