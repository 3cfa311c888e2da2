import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { valueAvroSchema } from '../../../schemas/avro-schemas.ts'
import { changeDecoder, envelopeView } from '../../../schemas/change-decoder.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import type { EncodedValue } from '../../../schemas/overlay.ts'
import { rowOverlay } from '../../../schemas/row-overlay.ts'
import type { Column, TableSchema } from '../../../schemas/table-schema.ts'
import { baseType, numericType } from '../../support/column-types.ts'
import { slicesOf, type TextRow } from '../../support/text-row.ts'

const column = (name: string, type: ColumnType): Column => ({
  name,
  type,
  nullable: name !== 'id',
  default: null,
  missingValue: null,
  identity: null,
  generated: null,
  collation: null,
})
const schema: TableSchema = {
  table: { schema: 'public', name: 't' },
  columns: [
    column('id', baseType('int4')),
    column('one', baseType('text')),
    column('two', baseType('bytea')),
    column('__proto__', numericType(10, 2)),
  ],
  key: ['id'],
  identity: 'default',
  requires: [],
  primaryKey: null,
  secondary: [],
}
const topic = 'shop.public.t'
const encoder = changeEncoder(schema, {
  topicPrefix: 'shop',
  database: 'db',
  keySchemaId: 1,
  valueSchemaId: 2,
})
const overlay = rowOverlay(schema, topic)
const absent = { absent: true } as const

function encoded(op: 'r' | 'u', row: TextRow): EncodedValue {
  const out = new ByteWriter()
  const origin = { snapshot: op === 'r', committedAtUs: 1n, transactionId: 7, previousCommit: 5n }
  const order = { totalOrder: 1, collectionOrder: 1, lsn: 9n, seenAtUs: 3n }
  const change = { op, before: null, beforeIsKey: false, after: slicesOf(schema, row), origin, ...order }
  const headers = encoder.value(change, out)
  return { value: Buffer.from(out.written()), headers }
}

function decoded({ value, headers }: EncodedValue): object {
  const decoder = changeDecoder(valueAvroSchema(schema, topic))
  const view = envelopeView(decoder.columns.length)
  decoder.read(value, 5, value.length, view)
  const texts = decoder.columns.map((_, index) => {
    const start = view.after.starts[index] ?? 0
    if (decoder.isNull(index, value, start)) return null
    const out = new ByteWriter()
    decoder.text(index, value, start, out)
    return out.written().toString()
  })
  const named = Object.fromEntries((headers ?? []).map(([name, bytes]) => [name, bytes?.toString()]))
  return { op: view.op, texts, named }
}

const row = encoded('r', { id: '1', one: 'old', two: '\\x01', ['__proto__']: '1.50' })

describe('laying a partial row over another', () => {
  it('takes the columns that the newer one carries, NULL included, and keeps the others and the operation', () => {
    const event = encoded('u', { id: '1', one: absent, two: null, ['__proto__']: '2.25' })
    expect(decoded(overlay(row, event))).toEqual({ op: 'r', texts: ['1', 'old', null, '2.25'], named: {} })
  })

  it('moves the exact texts of values that Avro cannot hold with their columns', () => {
    const event = encoded('u', { id: '1', one: absent, two: '\\x02', ['__proto__']: 'NaN' })
    const folded = overlay(row, event)
    expect(decoded(folded)).toMatchObject({ op: 'r', named: { 'sb.text': '{"__proto__":"NaN"}' } })
    const later = encoded('u', { id: '1', one: 'new', two: absent, ['__proto__']: '3.00' })
    expect(decoded(overlay(folded, later))).toEqual({
      op: 'r',
      texts: ['1', 'new', '\\x02', '3.00'],
      named: {},
    })
    const keeping = encoded('u', { id: '1', one: 'new', two: absent, ['__proto__']: absent })
    expect(decoded(overlay(folded, keeping))).toMatchObject({ named: { 'sb.text': '{"__proto__":"NaN"}' } })
  })

  it('gives the same whether events are laid over the row one by one or over each other first', () => {
    const first = encoded('u', { id: '1', one: absent, two: '\\x03', ['__proto__']: absent })
    const second = encoded('u', { id: '1', one: 'new', two: absent, ['__proto__']: absent })
    const together = overlay(first, second)
    expect(decoded(together)).toMatchObject({ named: { 'sb.unchanged': '["__proto__"]' } })
    expect(decoded(overlay(row, together))).toEqual(decoded(overlay(overlay(row, first), second)))
  })
})
