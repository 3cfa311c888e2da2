import { isPrimitiveKind } from '../primitive-kind.ts'
import { checkedName, definedName, resolvedName } from './avro-name.ts'
import type { AvroField, AvroName, AvroNamed, AvroRecord, AvroType, AvroUnion } from './avro-type.ts'
import { isDefaultOf } from './default-value.ts'
import { exactJson } from './exact-json.ts'
import {
  attributesOf,
  type JsonObject,
  objectOf,
  schemaAttributes,
  textOf,
  textsOf,
} from './json-attributes.ts'
import { refusals } from './refusal.ts'

/** What is known while a schema is parsed: the names defined so far and the namespace around. */
interface ParseScope {
  readonly names: Map<string, AvroNamed>
  readonly namespace: string
}

const fieldAttributes = ['name', 'type', 'doc', 'default', 'order', 'aliases'] as const

/** Parses the text of an Avro schema. Throws the refusal 42201 when it is not one. */
export function parseAvro(text: string): AvroType {
  return parseType(exactJson(text), { names: new Map(), namespace: '' })
}

function parseType(json: unknown, scope: ParseScope): AvroType {
  if (typeof json === 'string') return byName(json, scope)
  if (Array.isArray(json)) return union(json, scope)
  const object = objectOf(json, 'a schema')
  const type = textOf(object['type'], 'type')
  switch (type) {
    case 'record':
    case 'error':
      return record(type, object, scope)
    case 'enum':
      return enumeration(object, scope)
    case 'fixed':
      return fixed(object, scope)
    case 'array':
      return {
        kind: 'array',
        items: parseType(required(object, 'items'), scope),
        attributes: attributesOf(object, schemaAttributes),
      }
    case 'map':
      return {
        kind: 'map',
        values: parseType(required(object, 'values'), scope),
        attributes: attributesOf(object, schemaAttributes),
      }
    default:
      if (!isPrimitiveKind(type)) return byName(type, scope)
      return { kind: type, attributes: attributesOf(object, schemaAttributes) }
  }
}

function byName(name: string, scope: ParseScope): AvroType {
  if (isPrimitiveKind(name)) return { kind: name, attributes: {} }
  const { full } = resolvedName(name, scope.namespace)
  const known = scope.names.get(full)
  if (known === undefined) throw refusals.invalidSchema(`the type ${JSON.stringify(full)} is not defined`)
  return known
}

function union(branches: readonly unknown[], scope: ParseScope): AvroUnion {
  const parsed = branches.map(branch => parseType(branch, scope))
  const seen = new Set<string>()
  for (const branch of parsed) {
    if (branch.kind === 'union') throw refusals.invalidSchema('a union holds a union')
    const name = 'name' in branch ? branch.name.full : branch.kind
    if (seen.has(name)) throw refusals.invalidSchema(`a union holds ${JSON.stringify(name)} twice`)
    seen.add(name)
  }
  return { kind: 'union', branches: parsed }
}

function record(kind: 'record' | 'error', object: JsonObject, scope: ParseScope): AvroType {
  const fields = required(object, 'fields')
  if (!Array.isArray(fields)) throw refusals.invalidSchema('"fields" is not an array')
  const type = define<AvroRecord>({ kind, ...common(object, scope), fields: [] }, scope)
  const inside = { names: scope.names, namespace: type.name.namespace }
  for (const field of fields) {
    const parsed = parseField(field, inside)
    if (type.fields.some(other => other.name === parsed.name)) {
      throw refusals.invalidSchema(`${type.name.full} has two fields ${JSON.stringify(parsed.name)}`)
    }
    type.fields.push(parsed)
  }
  return type
}

function parseField(json: unknown, scope: ParseScope): AvroField {
  const object = objectOf(json, 'a field')
  const name = checkedName(object['name'], 'field name')
  if (object['type'] === undefined) throw refusals.invalidSchema(`the field ${name} has no type`)
  const type = parseType(object['type'], scope)
  const fallback = 'default' in object ? { value: object['default'] } : null
  if (fallback !== null && !isDefaultOf(type, fallback.value)) {
    throw refusals.invalidSchema(
      `the field ${name} cannot have the default ${JSON.stringify(fallback.value)}`,
    )
  }
  return {
    name,
    aliases: textsOf(object['aliases'] ?? [], 'aliases').map(alias => checkedName(alias, 'alias')),
    type,
    doc: object['doc'] === undefined ? null : textOf(object['doc'], 'doc'),
    default: fallback,
    order: orderOf(object['order']),
    attributes: attributesOf(object, fieldAttributes),
  }
}

function orderOf(json: unknown): AvroField['order'] {
  if (json === undefined || json === 'ascending') return 'ascending'
  if (json === 'descending' || json === 'ignore') return json
  throw refusals.invalidSchema(`unknown order ${JSON.stringify(json)}`)
}

function enumeration(object: JsonObject, scope: ParseScope): AvroType {
  const symbols = textsOf(object['symbols'], 'symbols').map(symbol => checkedName(symbol, 'enum symbol'))
  const fallback = object['default'] === undefined ? null : textOf(object['default'], 'default')
  if (new Set(symbols).size !== symbols.length) throw refusals.invalidSchema('an enum has a symbol twice')
  if (fallback !== null && !symbols.includes(fallback)) {
    throw refusals.invalidSchema(`the enum default ${JSON.stringify(fallback)} is not a symbol`)
  }
  const named = common(object, scope, ['default'])
  return define({ kind: 'enum', ...named, symbols, default: fallback }, scope)
}

function fixed(object: JsonObject, scope: ParseScope): AvroType {
  const size = object['size']
  if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) {
    throw refusals.invalidSchema(`the size ${JSON.stringify(size)} of a fixed is not a number of bytes`)
  }
  return define({ kind: 'fixed', ...common(object, scope), size }, scope)
}

function common(object: JsonObject, scope: ParseScope, alsoReserved: readonly string[] = []) {
  const name = definedName(object['name'], object['namespace'], scope.namespace)
  const aliases: readonly AvroName[] = textsOf(object['aliases'] ?? [], 'aliases').map(alias =>
    resolvedName(alias, name.namespace),
  )
  const doc = object['doc'] === undefined ? null : textOf(object['doc'], 'doc')
  return { name, aliases, doc, attributes: attributesOf(object, [...schemaAttributes, ...alsoReserved]) }
}

function define<T extends AvroNamed>(type: T, scope: ParseScope): T {
  if (isPrimitiveKind(type.name.full))
    throw refusals.invalidSchema(`${type.name.full} cannot be defined anew`)
  if (scope.names.has(type.name.full)) throw refusals.invalidSchema(`${type.name.full} is defined twice`)
  scope.names.set(type.name.full, type)
  return type
}

function required(object: JsonObject, name: string): unknown {
  if (object[name] === undefined) throw refusals.invalidSchema(`${JSON.stringify(name)} is missing`)
  return object[name]
}
