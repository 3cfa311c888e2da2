import { MigrationError } from '../core/errors.ts'
import { isPrimitiveKind, type PrimitiveKind } from './primitive-kind.ts'

/** An Avro schema, read: names resolved, properties that carry Connect's meaning picked out. */
export type AvroType =
  | ({ readonly kind: 'primitive'; readonly type: AvroPrimitive } & Meaning)
  | ({ readonly kind: 'record'; readonly fullName: string; readonly fields: readonly AvroField[] } & Meaning)
  | ({ readonly kind: 'array' | 'map'; readonly items: AvroType } & Meaning)
  | ({ readonly kind: 'fixed'; readonly size: number } & Meaning)
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }

export type AvroPrimitive = PrimitiveKind | 'enum'

interface Meaning {
  /** `connect.name`: the semantic name. */
  readonly name: string | null
  readonly parameters: Readonly<Record<string, string>>
}

export interface AvroField {
  readonly name: string
  readonly type: AvroType
  readonly properties: Readonly<Record<string, unknown>>
}

/** Reads the JSON of an Avro schema. Throws `event.undecodable` if it is none. */
export function parseAvroType(json: unknown): AvroType {
  return typeOf(json, { names: new Map(), namespace: '' })
}

interface Scope {
  readonly names: Map<string, AvroType>
  readonly namespace: string
}

function typeOf(json: unknown, scope: Scope): AvroType {
  if (typeof json === 'string') return named(json, scope)
  if (Array.isArray(json)) return { kind: 'union', branches: json.map(branch => typeOf(branch, scope)) }
  if (!isObject(json)) throw invalid(json)
  const meaning = meaningOf(json)
  switch (json['type']) {
    case 'record':
      return recordOf(json, meaning, scope)
    case 'enum':
      return define(json, scope, { kind: 'primitive', type: 'enum', ...meaning })
    case 'fixed':
      return define(json, scope, { kind: 'fixed', size: Number(json['size']), ...meaning })
    case 'array':
      return { kind: 'array', items: typeOf(json['items'], scope), ...meaning }
    case 'map':
      return { kind: 'map', items: typeOf(json['values'], scope), ...meaning }
    default: {
      const inner = typeOf(json['type'], scope)
      return inner.kind === 'primitive' ? { ...inner, ...meaning } : inner
    }
  }
}

function named(name: string, scope: Scope): AvroType {
  if (isPrimitiveKind(name)) return { kind: 'primitive', type: name, name: null, parameters: {} }
  const type =
    scope.names.get(name.includes('.') ? name : fullName(name, scope.namespace)) ?? scope.names.get(name)
  if (type === undefined) throw invalid(name)
  return type
}

function recordOf(json: JsonObject, meaning: Meaning, scope: Scope): AvroType {
  const full = nameIn(json, scope)
  const fields: AvroField[] = []
  const type: AvroType = { kind: 'record', fullName: full, fields, ...meaning }
  scope.names.set(full, type)
  const inner = { names: scope.names, namespace: full.slice(0, Math.max(0, full.lastIndexOf('.'))) }
  const listed: unknown = json['fields']
  if (!Array.isArray(listed)) throw invalid(json)
  for (const field of listed) {
    if (!isObject(field)) throw invalid(field)
    fields.push({ name: String(field['name']), type: typeOf(field['type'], inner), properties: field })
  }
  return type
}

function define(json: JsonObject, scope: Scope, type: AvroType): AvroType {
  scope.names.set(nameIn(json, scope), type)
  return type
}

function nameIn(json: JsonObject, scope: Scope): string {
  const name = String(json['name'])
  if (name.includes('.')) return name
  return fullName(name, typeof json['namespace'] === 'string' ? json['namespace'] : scope.namespace)
}

function fullName(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`
}

function meaningOf(json: JsonObject): Meaning {
  const name = json['connect.name']
  const parameters = json['connect.parameters']
  return {
    name: typeof name === 'string' ? name : null,
    parameters: isObject(parameters)
      ? Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]))
      : {},
  }
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(json: unknown): MigrationError {
  return new MigrationError('event.undecodable', `Not an Avro schema: ${JSON.stringify(json)?.slice(0, 200)}`)
}
