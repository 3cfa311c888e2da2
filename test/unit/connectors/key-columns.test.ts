import { describe, expect, it } from 'vitest'
import { changedKeyColumn } from '../../../connectors/key-columns.ts'
import { refuseNewKey } from '../../../connectors/refuse-gaps.ts'
import { ByteWriter } from '../../../core/byte-writer.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import { partitionKey } from '../../../schemas/partition-key.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { baseType, domainOf, enumType, numericType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'
import { slicesOf } from '../../support/text-row.ts'

const oids = new Map([
  ['int2', 21],
  ['int4', 23],
  ['int8', 20],
  ['text', 25],
  ['varchar', 1043],
  ['bpchar', 1042],
  ['numeric', 1700],
])

function keyed(type: ColumnType, collation: string | null = null): TableSchema {
  const known = { ...type, oid: oids.get(type.name) ?? 9_999 }
  const columns = [column('id', baseType('int4')), column('k', known, { collation }), column('v', known)]
  return testTable('t', columns, ['k', 'id'])
}

const like: readonly (readonly [string, TableSchema, TableSchema, readonly string[]])[] = [
  ['int2 and int4', keyed(baseType('int2')), keyed(baseType('int4')), ['0', '-1', '32767']],
  ['int4 and int8', keyed(baseType('int4')), keyed(baseType('int8')), ['0', '-2147483648', '2147483647']],
  ['int2 and int8', keyed(baseType('int2')), keyed(baseType('int8')), ['0', '-32768', '77']],
  ['text and varchar(9)', keyed(baseType('text')), keyed(baseType('varchar', 13)), ['', 'ä', 'a ']],
  [
    'one collation',
    keyed(baseType('varchar', 9), 'pg_catalog."C"'),
    keyed(baseType('text'), 'pg_catalog."C"'),
    ['B', 'b'],
  ],
]

describe('a key column that changes', () => {
  it.each(like)('between %s keeps its partition, and is let through both ways', (_, one, other, values) => {
    expect(changedKeyColumn(one, other)).toBeNull()
    expect(changedKeyColumn(other, one)).toBeNull()
    for (const k of values) expect(partitionBytes(one, k)).toBe(partitionBytes(other, k))
  })

  it.each([
    ['int4 to text', keyed(baseType('int4')), keyed(baseType('text'))],
    ['int4 to numeric', keyed(baseType('int4')), keyed(baseType('numeric'))],
    ['numeric to another scale', keyed(numericType(9, 2)), keyed(numericType(9, 3))],
    ['text to bpchar', keyed(baseType('text')), keyed(baseType('bpchar', 9))],
    ['text to an enum', keyed(baseType('text')), keyed(enumType('a'))],
    ['int4 to a domain', keyed(baseType('int4')), keyed(domainOf(baseType('int4')))],
    ['text to another collation', keyed(baseType('text')), keyed(baseType('text'), 'pg_catalog."C"')],
    ['varchar to text of another collation', keyed(baseType('varchar', 9), 'a.b'), keyed(baseType('text'))],
  ])('from %s is refused, and named', (_, before, now) => {
    expect(() => refuseNewKey(before, now)).toThrow(/^key column k of public\.t changed from .+ to .+/)
    expect(() => refuseNewKey(now, before)).toThrow(/key column k/)
  })
})

it('columns beside the key may change as they like', () => {
  const [before, now] = ['int4', 'text'].map(name =>
    testTable('t', [column('id', baseType('int4')), column('v', baseType(name))], ['id']),
  ) as [TableSchema, TableSchema]
  expect(() => refuseNewKey(before, now)).not.toThrow()
})

function partitionBytes(schema: TableSchema, k: string): string {
  const out = new ByteWriter(1)
  partitionKey(schema).write(slicesOf(schema, { id: '7', k, v: null }), out)
  return out.written().toString('hex')
}
