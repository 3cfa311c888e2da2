import { ByteWriter } from '../core/byte-writer.ts'
import { frameBytes } from './frame.ts'
import { keyDecoder } from './key-decoder.ts'
import { rowSpans } from './row-reader.ts'
import type { TableSchema } from './table-schema.ts'

const numbers = new Set(['int2', 'int4', 'int8', 'oid'])

/** A record's key as JSON text, as Debezium puts keys into headers: `{"id":22}`. It compiles a decoder: for rare cases. */
export function encodedKeyJson(table: TableSchema, avroSchema: unknown, key: Buffer): string {
  const decoder = keyDecoder(avroSchema)
  const spans = rowSpans(decoder.columns.length)
  decoder.read(key, frameBytes, key.length, spans)
  const members = decoder.columns.map(({ name }, index) => {
    const text = new ByteWriter()
    decoder.text(index, key, spans.starts[index] ?? 0, text)
    return jsonMember(table, name, text.written().toString())
  })
  return `{${members.join(',')}}`
}

/** A column with the text of its value. */
export function jsonMember(table: TableSchema, name: string, text: string): string {
  const type = table.columns.find(column => column.name === name)?.type.name ?? ''
  return `${JSON.stringify(name)}:${numbers.has(type) ? text : JSON.stringify(text)}`
}
