import { ByteWriter } from '../core/byte-writer.ts'
import { keyAvroSchema } from '../schemas/avro-schemas.ts'
import type { FieldSlices } from '../schemas/field-slices.ts'
import { frameBytes } from '../schemas/frame.ts'
import { keyDecoder } from '../schemas/key-decoder.ts'
import { rowSpans } from '../schemas/row-reader.ts'
import { copiedColumns } from '../schemas/table-schema.ts'
import type { CapturedTable } from './captured-table.ts'

const numbers = new Set(['int2', 'int4', 'int8', 'oid'])

/** A row's key as JSON text, the form in which Debezium puts keys into headers: `{"id":22}`. */
export function keyJson(table: CapturedTable, row: FieldSlices): Buffer {
  const columns = copiedColumns(table.state.schema)
  const members = table.keyFields.map(field => {
    const start = row.starts[field] ?? 0
    const text = row.buffer.toString('utf8', start, start + (row.lengths[field] ?? 0))
    return member(table, columns[field]?.name ?? '', text)
  })
  return Buffer.from(`{${members.join(',')}}`)
}

/** The same from a record's key. It compiles a decoder: for rare cases. */
export function encodedKeyJson(table: CapturedTable, key: Buffer): Buffer {
  const decoder = keyDecoder(keyAvroSchema(table.state.schema, table.state.topic))
  const spans = rowSpans(decoder.columns.length)
  decoder.read(key, frameBytes, key.length, spans)
  const members = decoder.columns.map(({ name }, index) => {
    const text = new ByteWriter()
    decoder.text(index, key, spans.starts[index] ?? 0, text)
    return member(table, name, text.written().toString())
  })
  return Buffer.from(`{${members.join(',')}}`)
}

function member(table: CapturedTable, name: string, text: string): string {
  const type = table.state.schema.columns.find(column => column.name === name)?.type.name ?? ''
  return `${JSON.stringify(name)}:${numbers.has(type) ? text : JSON.stringify(text)}`
}
