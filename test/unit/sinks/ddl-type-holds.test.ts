import { expect, test } from 'vitest'
import type { BaseType, ColumnType } from '../../../schemas/column-type.ts'
import { typeHolds } from '../../../sinks/postgres/check/type-holds.ts'

const numeric = (precision: number, scale: number) => ((precision << 16) | (scale & 2047)) + 4

function base(name: string, modifier = -1, extension: string | null = null): BaseType {
  return { kind: 'base', name, modifier, extension, oid: 0, sql: `${name} ${modifier}` }
}

function holds(source: ColumnType, target: string, modifier = -1): boolean {
  return typeHolds(source, { sql: `${target} ${modifier}`, typeName: target, modifier, builtIn: true })
}

const array = (element: ColumnType): ColumnType => ({
  kind: 'array',
  element,
  dimensions: 1,
  sql: `${element.sql}[]`,
  name: `_${element.name}`,
  oid: 0,
  modifier: element.modifier,
})

test.each([
  [base('int2'), 'int4', -1],
  [base('int4'), 'int8', -1],
  [base('int8'), 'numeric', numeric(19, 0)],
  [base('int4'), 'numeric', -1],
  [base('numeric', numeric(10, 2)), 'numeric', numeric(12, 2)],
  [base('numeric', numeric(10, -2)), 'numeric', numeric(10, -2)],
  [base('numeric', numeric(10, 2)), 'numeric', -1],
  [base('varchar', 14), 'varchar', 24],
  [base('varchar', 14), 'text', -1],
  [base('varchar'), 'text', -1],
  [base('text'), 'varchar', -1],
  [base('timestamptz', 3), 'timestamptz', 6],
  [base('timestamptz', 3), 'timestamptz', -1],
  [base('uuid'), 'uuid', -1],
])('%o fits into %s %i, alone and as an array', (source, target, modifier) => {
  expect(holds(source, target, modifier)).toBe(true)
  expect(holds(array(source), `_${target}`, modifier)).toBe(true)
})

test.each([
  [base('int8'), 'int4', -1],
  [base('int8'), 'numeric', numeric(18, 0)],
  [base('int4'), 'numeric', numeric(12, 2)],
  [base('numeric', numeric(10, 2)), 'numeric', numeric(12, 3)],
  [base('numeric', numeric(10, 2)), 'numeric', numeric(9, 2)],
  [base('numeric'), 'numeric', numeric(1000, 2)],
  [base('varchar', 14), 'varchar', 13],
  [base('varchar'), 'varchar', 1000],
  [base('text'), 'varchar', 1000],
  [base('bpchar', 9), 'text', -1],
  [base('bpchar', 9), 'bpchar', 12],
  [base('float4'), 'float8', -1],
  [base('json'), 'jsonb', -1],
  [base('timestamp'), 'timestamptz', -1],
  [base('timestamp'), 'timestamp', 3],
  [base('citext', -1, 'citext'), 'text', -1],
  [base('int4'), '_int4', -1],
])('%o does not fit into %s %i, nor does an array of it', (source, target, modifier) => {
  expect(holds(source, target, modifier)).toBe(false)
  expect(holds(array(source), `_${target}`, modifier)).toBe(false)
})

test('a domain fits where its base does, an enum into unlimited text, and neither into a type of the user', () => {
  const named = { name: 'x', oid: 0, modifier: -1 }
  const domain: ColumnType = { kind: 'domain', sql: 's.x', base: base('int4'), ...named }
  const mood: ColumnType = { kind: 'enum', sql: 's.mood', labels: ['a'], ...named }
  expect([
    holds(domain, 'int8'),
    holds(domain, 'int2'),
    holds(mood, 'text'),
    holds(mood, 'varchar', 9),
  ]).toEqual([true, false, true, false])
  const own = { sql: 's.int8', typeName: 'int8', modifier: -1, builtIn: false }
  expect([typeHolds(domain, own), typeHolds(mood, { ...own, sql: 's.mood' })]).toEqual([false, true])
})
