import { avroName, avroRecordName } from './avro-name.ts'
import { type ConnectField, type ConnectSchema, sourceColumn } from './connect-schema.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/** Records that are defined already, and the namespace in which names are short. */
interface Scope {
  readonly defined: Set<string>
  readonly namespace: string
}

const unnamed = 'io.confluent.connect.avro.ConnectDefault'

/**
 * A Connect schema as Avro, by the rules of Confluent's converter, so that its consumers get the Connect schema back. Beyond
 * them: column names that Avro does not allow are escaped, and the field keeps the original under Debezium's parameter name.
 */
export function avroSchema(schema: ConnectSchema): JsonObject {
  return definition(schema, nameOf(schema), { defined: new Set(), namespace: '' })
}

function avroType(schema: ConnectSchema, scope: Scope): Json {
  const base = schema.type === 'struct' ? record(schema, scope) : simple(schema, scope)
  if (!schema.optional) return base
  return schema.default === undefined ? ['null', base] : [base, 'null']
}

function simple(schema: ConnectSchema, scope: Scope): Json {
  const items: JsonObject = schema.items === undefined ? {} : { items: avroType(schema.items, scope) }
  const type = avroTypeName(schema.type)
  const properties = { ...items, ...decimalProperties(schema), ...connectProperties(schema) }
  return Object.keys(properties).length === 0 ? type : { type, ...properties }
}

interface RecordName {
  readonly name: string
  readonly namespace: string
  readonly full: string
}

function nameOf(schema: ConnectSchema): RecordName {
  const full = avroRecordName(schema.name ?? unnamed)
  const dot = full.lastIndexOf('.')
  return { name: full.slice(dot + 1), namespace: full.slice(0, Math.max(0, dot)), full }
}

function record(schema: ConnectSchema, scope: Scope): Json {
  const name = nameOf(schema)
  if (!scope.defined.has(name.full)) return definition(schema, name, scope)
  return name.namespace === scope.namespace ? name.name : name.full
}

function definition(schema: ConnectSchema, { name, namespace, full }: RecordName, scope: Scope): JsonObject {
  scope.defined.add(full)
  const inner = { defined: scope.defined, namespace }
  return {
    type: 'record',
    name,
    ...(namespace === scope.namespace ? {} : { namespace }),
    fields: (schema.fields ?? []).map(field => avroField(field, inner)),
    ...connectProperties(schema.name === undefined ? schema : { ...schema, name: full }),
  }
}

function avroField(field: ConnectField, scope: Scope): Json {
  const name = avroName(field.field)
  return {
    name,
    type: avroType(field, scope),
    ...defaultOf(field),
    ...(name === field.field ? {} : { [sourceColumn.name]: field.field }),
  }
}

function defaultOf(field: ConnectSchema): JsonObject {
  if (field.default !== undefined) return { default: avroDefault(field) }
  return field.optional ? { default: null } : {}
}

/** Avro writes the bytes of a default as characters of the same code. */
function avroDefault(schema: ConnectSchema): Json {
  const value = schema.default ?? null
  return schema.type === 'bytes' && typeof value === 'string'
    ? Buffer.from(value, 'base64').toString('latin1')
    : value
}

function connectProperties(schema: ConnectSchema): JsonObject {
  const parameters = schema.parameters ?? {}
  return {
    ...(schema.doc === undefined ? {} : { 'connect.doc': schema.doc }),
    ...(schema.version === undefined ? {} : { 'connect.version': schema.version }),
    ...(Object.keys(parameters).length === 0 ? {} : { 'connect.parameters': parameters }),
    ...(schema.default === undefined ? {} : { 'connect.default': avroDefault(schema) }),
    ...(schema.name === undefined ? {} : { 'connect.name': schema.name }),
    ...(schema.type === 'int16' ? { 'connect.type': 'int16' } : {}),
  }
}

const defaultPrecision = 64

function decimalProperties(schema: ConnectSchema): JsonObject {
  const scale = schema.parameters?.['scale']
  if (schema.name !== 'org.apache.kafka.connect.data.Decimal' || scale === undefined) return {}
  const precision = schema.parameters?.['connect.decimal.precision'] ?? defaultPrecision
  return { scale: Number(scale), precision: Number(precision), logicalType: 'decimal' }
}

function avroTypeName(type: ConnectSchema['type']): string {
  switch (type) {
    case 'int16':
    case 'int32':
      return 'int'
    case 'int64':
      return 'long'
    case 'struct':
      return 'record'
    case 'float':
    case 'double':
    case 'boolean':
    case 'string':
    case 'bytes':
    case 'array':
      return type
  }
}
