import { describe, expect, test } from 'vitest'
import { parseAvro } from '../../../schemas/registry/parse-avro.ts'
import { unreadable } from '../../../schemas/registry/reading.ts'

const mismatches = (reader: unknown, writer: unknown) =>
  unreadable(parseAvro(JSON.stringify(reader)), parseAvro(JSON.stringify(writer)))
const reasons = (reader: unknown, writer: unknown) =>
  mismatches(reader, writer).map(({ type, path }) => `${type} ${path}`)

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']
const promotable: Readonly<Record<string, readonly string[]>> = {
  long: ['int'],
  float: ['int', 'long'],
  double: ['int', 'long', 'float'],
  bytes: ['string'],
  string: ['bytes'],
}

describe('primitive types', () => {
  test.each(primitives.flatMap(reader => primitives.map(writer => [reader, writer] as const)))(
    '%s reads %s only if they are equal or Avro promotes',
    (reader, writer) => {
      const readable = reader === writer || (promotable[reader]?.includes(writer) ?? false)
      expect(reasons(reader, writer)).toEqual(readable ? [] : ['TYPE_MISMATCH /'])
    },
  )
})

const record = (fields: readonly object[], more: object = {}) => ({
  type: 'record',
  name: 'R',
  fields,
  ...more,
})
const a = { name: 'a', type: 'int' }
const enumOf = (symbols: readonly string[], more: object = {}) => ({
  type: 'enum',
  name: 'E',
  symbols,
  ...more,
})
const list = (value: unknown) =>
  record([
    { name: 'value', type: value },
    { name: 'next', type: ['null', 'R'] },
  ])

describe('records, enums, fixed, containers and unions', () => {
  test.each([
    ['a field that the reader lacks is skipped', record([]), record([a]), []],
    ['a new field with a default', record([a, { name: 'b', type: 'int', default: 1 }]), record([a]), []],
    [
      'the default null counts',
      record([{ name: 'b', type: ['null', 'int'], default: null }]),
      record([]),
      [],
    ],
    [
      'a new field without a default',
      record([{ name: 'b', type: 'int' }]),
      record([]),
      ['READER_FIELD_MISSING_DEFAULT_VALUE /fields/0'],
    ],
    ['a renamed field with an alias', record([{ name: 'b', type: 'long', aliases: ['a'] }]), record([a]), []],
    [
      'a field of another type',
      record([{ name: 'a', type: 'string' }]),
      record([a]),
      ['TYPE_MISMATCH /fields/0/type'],
    ],
    ['another name', record([], { name: 'S' }), record([]), ['NAME_MISMATCH /name']],
    ['another name with an alias', record([], { name: 'S', aliases: ['R'] }), record([]), []],
    ['another namespace', record([], { namespace: 'x' }), record([]), ['NAME_MISMATCH /name']],
    ['a record for an int', record([]), 'int', ['TYPE_MISMATCH /']],
    ['an enum with more symbols', enumOf(['A', 'B']), enumOf(['A']), []],
    ['an enum with fewer symbols', enumOf(['A']), enumOf(['A', 'B']), ['MISSING_ENUM_SYMBOLS /symbols']],
    ['an enum with fewer symbols and a default', enumOf(['A'], { default: 'A' }), enumOf(['A', 'B']), []],
    [
      'a fixed of another size',
      { type: 'fixed', name: 'F', size: 1 },
      { type: 'fixed', name: 'F', size: 2 },
      ['FIXED_SIZE_MISMATCH /size'],
    ],
    ['items that are promoted', { type: 'array', items: 'long' }, { type: 'array', items: 'int' }, []],
    [
      'items that are not',
      { type: 'array', items: 'int' },
      { type: 'array', items: 'long' },
      ['TYPE_MISMATCH /items'],
    ],
    [
      'values that are not',
      { type: 'map', values: 'int' },
      { type: 'map', values: 'long' },
      ['TYPE_MISMATCH /values'],
    ],
    ['a wider union', ['null', 'int', 'string'], ['null', 'int'], []],
    ['a narrower union', ['null'], ['null', 'int'], ['MISSING_UNION_BRANCH /']],
    ['a branch for a plain type', ['null', 'long'], 'int', []],
    ['a plain type for a union', 'long', ['int', 'long'], []],
    ['a plain type for a union with null', 'long', ['null', 'long'], ['TYPE_MISMATCH /']],
    ['a recursive type', list('long'), list('int'), []],
    ['a recursive type whose value narrows', list('int'), list('long'), ['TYPE_MISMATCH /fields/0/type']],
  ])('%s', (_what, reader, writer, expected) => {
    expect(reasons(reader, writer)).toEqual(expected)
  })
})

const node = (last: string) => ({
  type: 'record',
  name: 'A',
  fields: [
    { name: 'b', type: { type: 'record', name: 'B', fields: [{ name: 'a', type: ['null', 'A'] }] } },
    { name: 'last', type: last },
  ],
})

test('what was assumed of a recursive type is forgotten when it turns out wrong', () => {
  // B reads B only if A reads A, which fails by its last field; then the array of B must fail as well.
  const reader = ['null', node('int'), { type: 'array', items: 'B' }]
  const writer = ['null', node('string'), { type: 'array', items: 'B' }]
  expect(reasons(reader, writer)).toEqual(['MISSING_UNION_BRANCH /', 'MISSING_UNION_BRANCH /'])
})
