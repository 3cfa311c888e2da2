import type { ArrayType, BaseType, ColumnType, EnumType } from '../../schemas/column-type.ts'

export function baseType(name: string, modifier = -1, extension: string | null = null): BaseType {
  return { kind: 'base', sql: name, name, oid: 0, modifier, extension }
}

export function numericType(precision: number, scale: number): BaseType {
  return baseType('numeric', ((precision << 16) | (scale & 2047)) + 4)
}

export function arrayType(element: ColumnType, modifier = -1): ArrayType {
  const name = `_${element.name}`
  return { kind: 'array', sql: `${element.sql}[]`, name, oid: 0, modifier, element, dimensions: 1 }
}

export function enumType(...labels: string[]): EnumType {
  return { kind: 'enum', sql: 'mood', name: 'mood', oid: 0, modifier: -1, labels }
}

export function domainOf(base: ColumnType): ColumnType {
  return { kind: 'domain', sql: 'd', name: 'd', oid: 0, modifier: -1, base }
}
