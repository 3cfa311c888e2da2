import { describe, expect, test } from 'vitest'
import { canonicalText } from '../../../schemas/registry/canonical-text.ts'
import { parseAvro } from '../../../schemas/registry/parse-avro.ts'

const canonical = (schema: unknown) => canonicalText(parseAvro(JSON.stringify(schema)))

describe('two spellings of one schema have the same text', () => {
  test('blanks and the order of attributes that Avro defines do not matter', () => {
    const text =
      '{ "fields": [ { "type": "int", "name": "a" } ],\n "namespace": "n", "name": "R", "type": "record" }'
    expect(canonicalText(parseAvro(text))).toBe(
      '{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":"int"}]}',
    )
  })

  test('a full name is split, and a namespace that is inherited is left out', () => {
    const inner = { type: 'record', name: 'n.Inner', fields: [] }
    expect(canonical({ type: 'record', name: 'n.R', fields: [{ name: 'a', type: inner }] })).toBe(
      '{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":{"type":"record","name":"Inner","fields":[]}}]}',
    )
  })

  test('a primitive in its long form becomes a name unless it has attributes', () => {
    expect(canonical({ type: 'string' })).toBe('"string"')
    expect(canonical({ type: 'int', 'connect.type': 'int16' })).toBe('{"type":"int","connect.type":"int16"}')
  })

  test('a type that was defined before is named, shortly within its namespace', () => {
    const fixed = { type: 'fixed', name: 'F', size: 2 }
    const other = { type: 'record', name: 'm.O', fields: [{ name: 'x', type: 'n.F' }] }
    const fields = [
      { name: 'a', type: fixed },
      { name: 'b', type: 'n.F' },
      { name: 'c', type: other },
    ]
    expect(canonical({ type: 'record', name: 'n.R', fields })).toContain('"b","type":"F"')
    expect(canonical({ type: 'record', name: 'n.R', fields })).toContain('"x","type":"n.F"')
  })
})

test.each([
  ['docs', { doc: 'one' }],
  ['aliases', { aliases: ['Old'] }],
  ['attributes that Avro does not define', { 'connect.version': 2 }],
])('schemas with other %s are different', (_what, attributes) => {
  const schema = { type: 'record', name: 'R', fields: [] }
  expect(canonical({ ...schema, ...attributes })).not.toBe(canonical(schema))
})

describe('what is not a schema is refused', () => {
  test.each([
    ['text that is not JSON', '{'],
    ['an unknown type', '"Unknown"'],
    ['a record without fields', '{"type":"record","name":"R"}'],
    [
      'a field twice',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]}',
    ],
    ['a name with a dash', '{"type":"record","name":"a-b","fields":[]}'],
    ['a union in a union', '["null",["int"]]'],
    ['a union with a type twice', '["int","int"]'],
    [
      'a type defined twice',
      '[{"type":"fixed","name":"F","size":1},{"type":"array","items":{"type":"fixed","name":"F","size":1}}]',
    ],
    [
      'a default of another type',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}',
    ],
    ['an enum default that is no symbol', '{"type":"enum","name":"E","symbols":["A"],"default":"B"}'],
    ['a negative size', '{"type":"fixed","name":"F","size":-1}'],
    [
      'a number that cannot be kept',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"long","default":9223372036854775807}]}',
    ],
  ])('%s', (_what, text) => {
    expect(() => parseAvro(text)).toThrowError(expect.objectContaining({ errorCode: 42201 }))
  })

  test('a large number inside a text is none', () => {
    expect(() => parseAvro('{"type":"string","doc":"9223372036854775807"}')).not.toThrow()
  })
})
