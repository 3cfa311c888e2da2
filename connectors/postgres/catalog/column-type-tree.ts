import { MigrationError } from '../../../core/errors.ts'
import type { ColumnType } from '../../../schemas/column-type.ts'
import { type TypeFacts, typeKey } from './type-facts.ts'

/** Resolves types into the tree that everything which maps types starts from. */
export function columnType(
  types: ReadonlyMap<string, TypeFacts>,
  use: { readonly oid: number; readonly modifier: number; readonly dimensions: number },
): ColumnType {
  const facts = types.get(typeKey(use.oid, use.modifier))
  if (facts === undefined) throw new MigrationError('postgres.failed', `the catalogue has no type ${use.oid}`)
  const named = { sql: facts.sql, name: facts.name, oid: facts.oid, modifier: facts.modifier }
  if (facts.element !== null) {
    const element = columnType(types, { oid: facts.element, modifier: facts.modifier, dimensions: 0 })
    return { kind: 'array', ...named, element, dimensions: Math.max(1, use.dimensions) }
  }
  if (facts.base !== null) {
    const base = { oid: facts.base, modifier: facts.baseModifier, dimensions: facts.baseDimensions }
    return { kind: 'domain', ...named, base: columnType(types, base) }
  }
  switch (facts.kind) {
    case 'e':
      return { kind: 'enum', ...named, labels: facts.labels }
    case 'c':
      return { kind: 'composite', ...named }
    case 'r':
      return { kind: 'range', ...named }
    case 'm':
      return { kind: 'multirange', ...named }
    case 'b':
    case 'd':
    case 'p':
      return { kind: 'base', ...named, extension: facts.extension }
  }
}
