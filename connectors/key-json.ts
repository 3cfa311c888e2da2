import type { FieldSlices } from '../schemas/field-slices.ts'
import { jsonMember } from '../schemas/key-json.ts'
import { copiedColumns } from '../schemas/table-schema.ts'
import type { CapturedTable } from './captured-table.ts'

/** A row's key as JSON text, the form in which Debezium puts keys into headers: `{"id":22}`. */
export function keyJson(table: CapturedTable, row: FieldSlices): Buffer {
  const { schema } = table.state
  const columns = copiedColumns(schema)
  const members = table.keyFields.map(field => {
    const start = row.starts[field] ?? 0
    const text = row.buffer.toString('utf8', start, start + (row.lengths[field] ?? 0))
    return jsonMember(schema, columns[field]?.name ?? '', text)
  })
  return Buffer.from(`{${members.join(',')}}`)
}
