import { type Schema, Type } from 'avsc'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AvroType } from '../../../schemas/registry/avro-type.ts'
import { canonicalText } from '../../../schemas/registry/canonical-text.ts'
import { parseAvro } from '../../../schemas/registry/parse-avro.ts'
import { unreadable } from '../../../schemas/registry/reading.ts'

const primitive = fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string')
const fieldName = fc.constantFrom('a', 'b', 'c')
const defaults: Readonly<Record<string, unknown>> = {
  null: null,
  int: 1,
  long: 2,
  string: 'x',
  boolean: true,
}

/** Schemas of few names, so that two of them are often about the same types. `R` and `S` may be recursive. */
const { schema } = fc.letrec<{ schema: unknown }>(tie => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive,
    fc.constantFrom('R', 'S'),
    fc.record({ type: fc.constant('array'), items: tie('schema') }),
    fc.record({ type: fc.constant('map'), values: tie('schema') }),
    fc.uniqueArray(fc.oneof(primitive, tie('schema')), {
      minLength: 1,
      maxLength: 3,
      selector: value => JSON.stringify(value),
    }),
    fc.record({
      type: fc.constant('fixed'),
      name: fc.constantFrom('F', 'G'),
      size: fc.integer({ min: 1, max: 2 }),
    }),
    fc.record({
      type: fc.constant('enum'),
      name: fc.constantFrom('E', 'D'),
      symbols: fc.uniqueArray(fc.constantFrom('X', 'Y', 'Z'), { minLength: 1 }),
    }),
    fc
      .record({
        name: fc.constantFrom('R', 'S', 'n.R'),
        aliases: fc.constantFrom([], ['R'], ['n.R']),
        fields: fc.uniqueArray(field(tie('schema')), { selector: ({ name }) => name, maxLength: 3 }),
      })
      .map(({ name, aliases, fields }) => ({
        type: 'record',
        name,
        ...(aliases.length > 0 ? { aliases } : {}),
        fields,
      })),
  ),
}))

function field(type: fc.Arbitrary<unknown>): fc.Arbitrary<{ name: string }> {
  return fc
    .record({ name: fieldName, type, withDefault: fc.boolean(), alias: fc.option(fieldName, { nil: null }) })
    .map(({ name, type: of, withDefault, alias }) => ({
      name,
      type: of,
      ...(withDefault && typeof of === 'string' && of in defaults ? { default: defaults[of] } : {}),
      ...(alias === null || alias === name ? {} : { aliases: [alias] }),
    }))
}

const fields = fc.uniqueArray(field(schema), { selector: ({ name }) => name })
const record = (of: readonly unknown[]) => ({ type: 'record', name: 'R', fields: of })
const next = { name: 'next', type: ['null', 'R'] }
const pair = fc.oneof(
  fc.tuple(schema, schema),
  // Two versions of one record are what a registry sees every day.
  fc.tuple(fields, fields).map(([one, other]) => [record(one), record(other)] as const),
  fc.tuple(fields, fields).map(([one, other]) => [record([next, ...one]), record([...other, next])] as const),
)

test('a schema reads another exactly when an independent Avro implementation says so', () => {
  const seen = { readable: 0, unreadable: 0, records: 0, recursive: 0 }
  fc.assert(
    fc.property(pair, ([reader, writer]) => {
      const ours = both(reader, writer, ourType)
      const theirs = both(reader, writer, theirType)
      fc.pre(ours !== null && theirs !== null)
      if (ours === null || theirs === null) return
      const readable = unreadable(...ours).length === 0
      count(seen, ours, readable)
      expect(readable).toBe(resolves(...theirs))
    }),
    { numRuns: 3_000, seed: 20_261_121 },
  )
  expect(seen.readable).toBeGreaterThan(200)
  expect(seen.unreadable).toBeGreaterThan(200)
  expect(seen.records).toBeGreaterThan(50)
  expect(seen.recursive).toBeGreaterThan(50)
})

/** How often the pairs were of an interesting kind. */
function count(
  seen: { readable: number; unreadable: number; records: number; recursive: number },
  [reader, writer]: readonly [AvroType, AvroType],
  readable: boolean,
): void {
  seen[readable ? 'readable' : 'unreadable']++
  if (!readable || reader.kind !== 'record' || writer.kind !== 'record') return
  seen.records++
  if (reader.fields.some(({ name }) => name === next.name)) seen.recursive++
}

function both<T>(
  reader: unknown,
  writer: unknown,
  parse: (json: unknown) => T | null,
): readonly [T, T] | null {
  const parsed = [parse(reader), parse(writer)] as const
  return parsed[0] === null || parsed[1] === null ? null : [parsed[0], parsed[1]]
}

test('the canonical text is a schema of the same meaning, and its own canonical text', () => {
  let named = 0
  fc.assert(
    fc.property(schema, json => {
      const type = ourType(json)
      fc.pre(type !== null)
      if (type === null) return
      // An alias that is the name of another field makes a record that cannot read its own data.
      fc.pre(unreadable(type, type).length === 0)
      if ('name' in type) named++
      const text = canonicalText(type)
      const again = parseAvro(text)
      expect(canonicalText(again)).toBe(text)
      expect(unreadable(type, again)).toEqual([])
      expect(unreadable(again, type)).toEqual([])
    }),
    { numRuns: 1_000 },
  )
  expect(named).toBeGreaterThan(100)
})

function ourType(json: unknown) {
  try {
    return parseAvro(JSON.stringify(json))
  } catch {
    return null
  }
}

function theirType(json: unknown): Type | null {
  try {
    // What fast-check makes is JSON; avsc says whether it is a schema.
    return Type.forSchema(json as Schema, { wrapUnions: true })
  } catch {
    return null
  }
}

function resolves(reader: Type, writer: Type): boolean {
  try {
    reader.createResolver(writer)
    return true
  } catch {
    return false
  }
}
