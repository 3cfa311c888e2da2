import type { AvroName } from './avro-type.ts'
import { refusals } from './refusal.ts'

const part = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Checks a name without dots: a field's or an enum symbol's. */
export function checkedName(value: unknown, what: string): string {
  if (typeof value !== 'string' || !part.test(value)) {
    throw refusals.invalidSchema(`illegal ${what} ${JSON.stringify(value)}`)
  }
  return value
}

/** Resolves a type's name. A name with dots is full; any other lies in `namespace`. */
export function resolvedName(value: unknown, namespace: string): AvroName {
  if (typeof value !== 'string' || !value.split('.').every(piece => part.test(piece))) {
    throw refusals.invalidSchema(`illegal name ${JSON.stringify(value)}`)
  }
  const dot = value.lastIndexOf('.')
  if (dot >= 0) return { full: value, simple: value.slice(dot + 1), namespace: value.slice(0, dot) }
  return { full: namespace === '' ? value : `${namespace}.${value}`, simple: value, namespace }
}

/** Resolves the name in a definition, where `own` is its namespace attribute. Names with dots ignore it. */
export function definedName(value: unknown, own: unknown, enclosing: string): AvroName {
  if (own === undefined || own === null) return resolvedName(value, enclosing)
  if (typeof own !== 'string' || (own !== '' && !own.split('.').every(piece => part.test(piece)))) {
    throw refusals.invalidSchema(`illegal namespace ${JSON.stringify(own)}`)
  }
  return resolvedName(value, own)
}
