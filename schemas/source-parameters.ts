import { baseOf } from './codec-for-type.ts'
import type { ColumnType } from './column-type.ts'
import { sourceColumn } from './connect-schema.ts'
import { numericPrecision, numericScale } from './numeric-modifier.ts'

/** The name of the type under a domain, which decides how values are written; given only where it is not the source type's. */
export const baseTypeParameter = 'switchback.base.type'

/** What a column tells of its type in the source: Debezium's parameters, and ours for domains. */
export function sourceParameters(type: ColumnType): Readonly<Record<string, string>> {
  const size = sizeOf(type)
  const base = baseTypeName(type)
  return {
    [sourceColumn.type]: type.name.toUpperCase(),
    ...(size.length === null ? {} : { [sourceColumn.length]: String(size.length) }),
    ...(size.scale === null ? {} : { [sourceColumn.scale]: String(size.scale) }),
    ...(base === type.name ? {} : { [baseTypeParameter]: base.toUpperCase() }),
  }
}

function baseTypeName(type: ColumnType): string {
  if (type.kind === 'array') return `_${baseTypeName(type.element)}`
  return baseOf(type).name
}

interface Size {
  readonly length: number | null
  readonly scale: number | null
}

const unknownSize: Size = { length: null, scale: null }

function sizeOf(type: ColumnType): Size {
  const base = baseOf(type)
  const { modifier } = base
  if (modifier < 0) return unknownSize
  switch (base.kind === 'array' ? baseOf(base.element).name : base.name) {
    case 'numeric':
      return { length: numericPrecision(modifier), scale: numericScale(modifier) }
    case 'varchar':
    case 'bpchar':
      return { length: modifier - 4, scale: null }
    case 'bit':
    case 'varbit':
      return { length: modifier, scale: null }
    case 'time':
    case 'timetz':
    case 'timestamp':
    case 'timestamptz':
      return { length: null, scale: modifier }
    default:
      return unknownSize
  }
}
