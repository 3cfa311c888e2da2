import type { FieldSlices } from '../schemas/field-slices.ts'
import { copiedColumns } from '../schemas/table-schema.ts'
import type { CapturedTable } from './captured-table.ts'

const numbers = new Set(['int2', 'int4', 'int8', 'oid'])

/** A row's key as JSON text, the form in which Debezium puts keys into headers: `{"id":22}`. */
export function keyJson(table: CapturedTable, row: FieldSlices): Buffer {
  const columns = copiedColumns(table.state.schema)
  const members = table.keyFields.map(field => {
    const start = row.starts[field] ?? 0
    const text = row.buffer.toString('utf8', start, start + (row.lengths[field] ?? 0))
    const column = columns[field]
    const isNumber = column !== undefined && numbers.has(column.type.name)
    return `${JSON.stringify(column?.name)}:${isNumber ? text : JSON.stringify(text)}`
  })
  return Buffer.from(`{${members.join(',')}}`)
}
