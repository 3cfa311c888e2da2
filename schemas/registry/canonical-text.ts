import type { AvroField, AvroName, AvroNamed, AvroType } from './avro-type.ts'

/**
 * The one text of a schema that the registry stores and compares, the same as Confluent's: Avro's own attributes in a
 * fixed order, names and namespaces as short as they can be, no blanks. Attributes that Avro does not define, and docs
 * and aliases, make schemas different, and the former also by their order.
 */
export function canonicalText(type: AvroType): string {
  return JSON.stringify(toJson(type, { known: new Set(), namespace: '' }))
}

interface Place {
  readonly known: Set<AvroNamed>
  readonly namespace: string
}

function toJson(type: AvroType, place: Place): unknown {
  switch (type.kind) {
    case 'union':
      return type.branches.map(branch => toJson(branch, place))
    case 'array':
      return { type: 'array', items: toJson(type.items, place), ...type.attributes }
    case 'map':
      return { type: 'map', values: toJson(type.values, place), ...type.attributes }
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return place.known.has(type) ? shortName(type.name, place.namespace) : definition(type, place)
    case 'null':
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'bytes':
    case 'string':
      return Object.keys(type.attributes).length === 0 ? type.kind : { type: type.kind, ...type.attributes }
  }
}

function definition(type: AvroNamed, place: Place): object {
  place.known.add(type)
  const { name } = type
  const inside = { known: place.known, namespace: name.namespace }
  return {
    type: type.kind,
    name: name.simple,
    ...(name.namespace === place.namespace ? {} : { namespace: name.namespace }),
    ...(type.doc === null ? {} : { doc: type.doc }),
    ...body(type, inside),
    ...type.attributes,
    ...(type.aliases.length === 0
      ? {}
      : { aliases: type.aliases.map(alias => shortName(alias, name.namespace)) }),
  }
}

function body(type: AvroNamed, inside: Place): object {
  switch (type.kind) {
    case 'record':
    case 'error':
      return { fields: type.fields.map(field => fieldJson(field, inside)) }
    case 'enum':
      return { symbols: type.symbols, ...(type.default === null ? {} : { default: type.default }) }
    case 'fixed':
      return { size: type.size }
  }
}

function fieldJson(field: AvroField, inside: Place): object {
  return {
    name: field.name,
    type: toJson(field.type, inside),
    ...(field.doc === null ? {} : { doc: field.doc }),
    ...(field.default === null ? {} : { default: field.default.value }),
    ...(field.order === 'ascending' ? {} : { order: field.order }),
    ...(field.aliases.length === 0 ? {} : { aliases: field.aliases }),
    ...field.attributes,
  }
}

function shortName(name: AvroName, namespace: string): string {
  return name.namespace === namespace ? name.simple : name.full
}
