import type { ColumnType } from '../../../schemas/column-type.ts'
import { numericPrecision, numericScale } from '../../../schemas/numeric-modifier.ts'
import { isSameSql } from '../ddl/sql-name.ts'
import type { TargetColumn } from './target-table.ts'

type TargetType = Pick<TargetColumn, 'sql' | 'typeName' | 'modifier' | 'builtIn'>

interface Widening {
  readonly from: string
  readonly to: string
  readonly fits: (source: number, target: number) => boolean
}

const always = () => true
const unlimited = (_: number, target: number) => target === -1
const longer = (source: number, target: number) => target === -1 || (source !== -1 && target >= source)
const digits = (count: number) => (_: number, target: number) =>
  target === -1 || (numericScale(target) === 0 && numericPrecision(target) >= count)

// More digits behind the point would print as other text.
const samePoint = (source: number, target: number) =>
  target === -1 ||
  (source !== -1 &&
    numericScale(target) === numericScale(source) &&
    numericPrecision(target) >= numericPrecision(source))

/** Every other type that may take a type's values: the text of each value stays the same, and so does what equals what. */
const widenings: readonly Widening[] = [
  { from: 'int2', to: 'int4', fits: always },
  { from: 'int2', to: 'int8', fits: always },
  { from: 'int4', to: 'int8', fits: always },
  { from: 'int2', to: 'numeric', fits: digits(5) },
  { from: 'int4', to: 'numeric', fits: digits(10) },
  { from: 'int8', to: 'numeric', fits: digits(19) },
  { from: 'numeric', to: 'numeric', fits: samePoint },
  { from: 'varchar', to: 'varchar', fits: longer },
  { from: 'varchar', to: 'text', fits: always },
  { from: 'text', to: 'varchar', fits: unlimited },
  { from: 'varbit', to: 'varbit', fits: longer },
  { from: 'time', to: 'time', fits: longer },
  { from: 'timetz', to: 'timetz', fits: longer },
  { from: 'timestamp', to: 'timestamp', fits: longer },
  { from: 'timestamptz', to: 'timestamptz', fits: longer },
  { from: 'interval', to: 'interval', fits: unlimited },
]

/** Whether a column of the target's type can hold every value of the source's type, unchanged. */
export function typeHolds(source: ColumnType, target: TargetType): boolean {
  if (isSameSql(source.sql, target.sql)) return true
  if (!target.builtIn) return false
  switch (source.kind) {
    case 'base':
      return source.extension === null && baseHolds(source, target)
    case 'domain':
      return typeHolds(source.base, target)
    case 'enum':
      return target.modifier === -1 && (target.typeName === 'text' || target.typeName === 'varchar')
    case 'array':
      return target.typeName.startsWith('_') && typeHolds(source.element, elementOf(target))
    case 'composite':
    case 'range':
    case 'multirange':
      return false
  }
}

function elementOf({ typeName, modifier, builtIn }: TargetType): TargetType {
  // The server prints an array by its element; nothing is known of the element's own text here.
  return { sql: '', typeName: typeName.slice(1), modifier, builtIn }
}

function baseHolds(source: ColumnType, target: TargetType): boolean {
  if (source.name === target.typeName && source.modifier === target.modifier) return true
  return widenings.some(
    ({ from, to, fits }) =>
      from === source.name && to === target.typeName && fits(source.modifier, target.modifier),
  )
}
