import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import type { PortalQuery } from '../../../databases/postgres/row-portal.ts'
import type { SegmentState } from '../../../schemas/state.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'
import type { KeyOperators } from './key-operators.ts'

/** Partitioned tables are read with their partitions; others without the tables that inherit from them. */
export type TableKind = 'plain' | 'partitioned'

/** All rows of a table, in no order. */
export function tableQuery(table: TableSchema, kind: TableKind): PortalQuery {
  const columns = copiedColumns(table).map(column => quoteIdentifier(column.name))
  const only = kind === 'plain' ? 'ONLY ' : ''
  return { sql: `SELECT ${columns.join(', ')} FROM ${only}${quoteTable(table.table)}`, parameters: [] }
}

/** What is found out of a table before it is read. */
export interface SnapshotFacts {
  readonly kind: TableKind
  /** Of the key's columns, in key order. */
  readonly operators: readonly KeyOperators[]
}

/** The row with one key. */
export function rowQuery(
  table: TableSchema,
  { kind, operators }: SnapshotFacts,
  key: readonly string[],
): PortalQuery {
  const where = keyParts(table, operators, key.length, 1).map(equal).join(' AND ')
  return { sql: `${tableQuery(table, kind).sql} WHERE ${where}`, parameters: key }
}

/**
 * What is left of a segment, in key order: one query, or several to be read one after the other. The parameters have no type of their
 * own: each takes that of the column it is compared with, and its order is the column's, collation included.
 */
export function keysetQueries(
  table: TableSchema,
  { kind, operators }: SnapshotFacts,
  { from, to, cursor }: SegmentState,
): readonly PortalQuery[] {
  const after = cursor ?? from ?? []
  const parts = keyParts(table, operators, after.length, 1)
  const select = tableQuery(table, kind).sql
  const order = table.key.map(quoteIdentifier).join(', ')
  return (parts.length === 0 ? [[]] : prefixes(parts)).map(start => {
    const parameters = after.slice(
      0,
      start.reduce((sum, { columns }) => sum + columns.length, 0),
    )
    const end = keyParts(table, operators, to?.length ?? 0, parameters.length + 1)
    const conditions = [above(start), upTo(end)].filter(condition => condition !== '')
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    return { sql: `${select}${where} ORDER BY ${order}`, parameters: [...parameters, ...(to ?? [])] }
  })
}

/** Columns of the key that are next to each other and have the same operators, so that they can be compared as one row. */
interface KeyPart {
  readonly columns: string[]
  readonly places: string[]
  readonly operators: KeyOperators
}

/** The first columns of the key, which are compared with parameters from `$first` on. */
function keyParts(
  table: TableSchema,
  operators: readonly KeyOperators[],
  count: number,
  first: number,
): readonly KeyPart[] {
  const parts: KeyPart[] = []
  for (const [index, name] of table.key.slice(0, count).entries()) {
    const own = operators[index]
    if (own === undefined) throw new Error(`no operators of the key column ${name}`)
    let part = parts.at(-1)
    if (part === undefined || !isSame(part.operators, own)) {
      part = { columns: [], places: [], operators: own }
      parts.push(part)
    }
    part.columns.push(quoteIdentifier(name))
    part.places.push(`$${first + index}`)
  }
  return parts
}

function isSame(one: KeyOperators, other: KeyOperators): boolean {
  return one.equal === other.equal && one.above === other.above && one.upTo === other.upTo
}

function compared({ columns, places }: KeyPart, operator: string): string {
  return `(${columns.join(', ')}) ${operator} (${places.join(', ')})`
}

const equal = (part: KeyPart): string => compared(part, part.operators.equal)

/**
 * A row is above a key if it is `above` one of these, and never of two; the longest first gives them in order. Each is a range of the
 * index, which all of them together would not be.
 */
function prefixes(parts: readonly KeyPart[]): readonly (readonly KeyPart[])[] {
  return parts.map((_, index) => parts.slice(0, parts.length - index))
}

/** Above in the last part, equal in those before. */
function above(parts: readonly KeyPart[]): string {
  return parts
    .map((part, index) => (index < parts.length - 1 ? equal(part) : compared(part, part.operators.above)))
    .join(' AND ')
}

function upTo(parts: readonly KeyPart[]): string {
  const [only, ...more] = parts
  if (only === undefined) return ''
  if (more.length === 0) return compared(only, only.operators.upTo)
  return `NOT (${prefixes(parts).map(above).join(' OR ')})`
}
