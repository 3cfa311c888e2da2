import { describe, expect, it } from 'vitest'
import type { ConnectField, ConnectSchema } from '../../../schemas/connect-schema.ts'
import { envelopeSchema } from '../../../schemas/envelope-schema.ts'
import { keySchema } from '../../../schemas/key-layout.ts'
import { fixtureEvents, fixtureSchemas, fixtureTable } from '../../support/debezium-fixture.ts'

const text = { type: 'string', name: 'switchback.data.Text', version: 1 }
const interval = { type: 'string', name: 'io.debezium.time.Interval', version: 1 }

/** Columns whose values Debezium loses or leaves out: ours have another type. Everything else is equal. */
const differences: Readonly<Record<string, object>> = {
  c_interval: interval,
  c_int4multirange: text,
  c_line: text,
  c_lseg: text,
  c_box: text,
  c_path: text,
  c_polygon: text,
  c_circle: text,
  c_tsquery: text,
  c_regclass: text,
  c_pg_lsn: text,
  c_xid8: text,
  c_pair: text,
}

/** Debezium takes a part of the default `'it''s'`. */
const defaults: Readonly<Record<string, string>> = { it: "it's" }

function expected(schema: ConnectField): unknown {
  const difference = differences[schema.field]
  if (difference !== undefined) return { ...difference, optional: schema.optional, field: schema.field }
  if (schema.fields !== undefined) return { ...schema, fields: schema.fields.filter(copied).map(expected) }
  return typeof schema.default === 'string'
    ? { ...schema, default: defaults[schema.default] ?? schema.default }
    : schema
}

/** Generated columns never travel. */
const copied = (field: ConnectField) => field.field !== 'g'

function withoutSource<T extends ConnectSchema>(schema: T): T {
  const { parameters, fields, ...rest } = schema
  const kept = Object.entries(parameters ?? {}).filter(
    ([name]) => !/^(__debezium\.source|switchback)/.test(name),
  )
  return {
    ...rest,
    ...(kept.length === 0 ? {} : { parameters: Object.fromEntries(kept) }),
    ...(fields === undefined ? {} : { fields: fields.map(withoutSource) }),
  } as unknown as T
}

const tables = [
  'every_type',
  'not_null_defaults',
  'Odd Näme',
  'full_identity',
  'keyless_full',
  'without_key',
  'with_toast',
  'with_toast added',
]

describe('the Connect schemas of our events', () => {
  it.each(tables)('are what Debezium makes of table %s, apart from the differences listed here', name => {
    const schema = fixtureTable(name)
    const events = fixtureEvents.filter(event => event.value?.source?.table === schema.table.name)
    const event = name.endsWith('added') ? events.at(-1) : events[0]
    const fixture = fixtureSchemas[event?.valueSchema ?? -1]
    expect(fixture).toBeDefined()
    const ours = withoutSource(envelopeSchema(schema, event?.topic ?? ''))
    expect(ours).toEqual({ ...fixture, fields: fixture?.fields?.map(expected) })
  })

  it.each(tables)('have the keys that Debezium gives table %s', name => {
    const schema = fixtureTable(name)
    const event = fixtureEvents.find(candidate => candidate.value?.source?.table === schema.table.name)
    const fixture = event?.keySchema == null ? null : fixtureSchemas[event.keySchema]
    const ours = keySchema(schema, event?.topic ?? '')
    expect(ours === null ? null : withoutSource(ours)).toEqual(
      fixture == null ? null : { ...fixture, fields: fixture.fields?.map(expected) },
    )
  })
})
