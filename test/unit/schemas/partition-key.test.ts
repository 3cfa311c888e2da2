import { describe, expect, it } from 'vitest'
import { capturedTable } from '../../../connectors/captured-table.ts'
import { writeKey } from '../../../connectors/write-key.ts'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { partitionFor } from '../../../kafka/murmur2.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import { partitionKey } from '../../../schemas/partition-key.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { baseType, domainOf, numericType } from '../../support/column-types.ts'
import { fixtureTable } from '../../support/debezium-fixture.ts'
import { slicesOf } from '../../support/text-row.ts'

function keyed(type: ColumnType, collation: string | null = null): TableSchema {
  const column = { nullable: false, default: null, missingValue: null, identity: null, generated: null }
  return {
    ...fixtureTable('with_toast'),
    columns: [
      { ...column, name: 'id', type: baseType('int4'), collation: null },
      { ...column, name: 'k', type, collation },
    ],
    key: ['k', 'id'],
  }
}

function bytesOf(schema: TableSchema, k: string, id = '7'): string {
  const out = new ByteWriter(1)
  partitionKey(schema).write(slicesOf(schema, { id, k }), out)
  return out.written().toString('hex')
}

const equalForTheDatabase: readonly (readonly [string, TableSchema, string, string])[] = [
  ['numeric', keyed(baseType('numeric')), '1.0', '1.00'],
  ['numeric zero', keyed(baseType('numeric')), '0', '0.000'],
  ['numeric tens', keyed(baseType('numeric')), '100', '100.00'],
  ['char', keyed(baseType('bpchar', 9)), 'ab   ', 'ab'],
  ['float zero', keyed(baseType('float8')), '-0', '0'],
  ['citext', keyed(baseType('citext', -1, 'citext')), 'A', 'a'],
  ['a domain over citext', keyed(domainOf(baseType('citext', -1, 'citext'))), 'A', 'a'],
  ['a collation of the user', keyed(baseType('text'), 'public.nocase'), 'A', 'a'],
  ['interval', keyed(baseType('interval')), 'P1M', 'P30D'],
  ['timetz', keyed(baseType('timetz')), '12:00:00+00', '12:00:00+00:00'],
]

describe('the partition of a key', () => {
  it.each(equalForTheDatabase)('is the same for equal values: %s', (_, schema, one, other) => {
    expect(bytesOf(schema, one)).toBe(bytesOf(schema, other))
    expect(bytesOf(schema, one, '8')).not.toBe(bytesOf(schema, one))
  })

  it.each([
    ['text', keyed(baseType('text')), 'A', 'a'],
    ['text by a built-in collation', keyed(baseType('text'), 'pg_catalog."C"'), 'A', 'a'],
    ['numeric', keyed(numericType(9, 2)), '1.00', '10.00'],
    ['numeric sign', keyed(baseType('numeric')), '-1', '1'],
    ['float', keyed(baseType('float4')), '0.1', '0.2'],
    ['uuid', keyed(baseType('uuid')), 'a', 'b'],
  ])('spreads different values: %s', (_, schema, one, other) => {
    expect(bytesOf(schema, one)).not.toBe(bytesOf(schema, other))
  })

  it.each([
    ['text', keyed(baseType('text')), 'ä', true],
    ['uuid', keyed(baseType('uuid')), '8c3f2a8e-5b7c-4a36-9f0e-6d2f8f0f6f10', true],
    ['timestamptz', keyed(baseType('timestamptz')), '2024-02-29 12:00:00+00', true],
    ['numeric', keyed(numericType(9, 2)), '1.50', false],
    ['char', keyed(baseType('bpchar', 9)), 'ab   ', false],
    ['citext', keyed(baseType('citext', -1, 'citext')), 'A', false],
    ['a collation of the user', keyed(baseType('text'), 'public.nocase'), 'A', false],
  ])('is taken from the very bytes of an ordinary key, and only then says so: %s', (_, schema, k, isAvro) => {
    const ids = { keySchemaId: 1, valueSchemaId: 2 }
    const encoder = changeEncoder(schema, { topicPrefix: 'm', database: 'd', ...ids })
    const out = new ByteWriter(1)
    encoder.key(slicesOf(schema, { id: '7', k }), out)
    expect(partitionKey(schema).isAvro).toBe(isAvro)
    expect(bytesOf(schema, k) === out.written().subarray(5).toString('hex')).toBe(isAvro)
    const state = { kind: 'table', format: 1, schema, topic: 'm.t', partitions: 1000, ...ids } as const
    const table = capturedTable(state, encoder, partitionKey(schema))
    const own = Buffer.from(bytesOf(schema, k), 'hex')
    const key = new ByteWriter(1)
    expect(writeKey(table, slicesOf(schema, { id: '7', k }), key)).toBe(
      partitionFor(own, 0, own.length, 1000),
    )
    expect(key.written()).toEqual(out.written())
  })
})
