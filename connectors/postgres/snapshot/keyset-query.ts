import { quoteIdentifier, quoteTable } from '../../../databases/postgres/quote.ts'
import type { PortalQuery } from '../../../databases/postgres/row-portal.ts'
import type { SegmentState } from '../../../schemas/state.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'

/** Partitioned tables are read with their partitions; others without the tables that inherit from them. */
export type TableKind = 'plain' | 'partitioned'

/** All rows of a table, in no order. */
export function tableQuery(table: TableSchema, kind: TableKind): PortalQuery {
  const columns = copiedColumns(table).map(column => quoteIdentifier(column.name))
  const only = kind === 'plain' ? 'ONLY ' : ''
  return { sql: `SELECT ${columns.join(', ')} FROM ${only}${quoteTable(table.table)}`, parameters: [] }
}

/** The row with one key. */
export function rowQuery(table: TableSchema, kind: TableKind, key: readonly string[]): PortalQuery {
  const places = key.map((_, index) => `$${index + 1}`).join(', ')
  const where = `(${keyColumns(table, key.length)}) = (${places})`
  return { sql: `${tableQuery(table, kind).sql} WHERE ${where}`, parameters: key }
}

/**
 * What is left of a segment, in key order. The parameters have no type of their own: each takes that of the column it is
 * compared with, and its order is the column's, collation included.
 */
export function keysetQuery(table: TableSchema, kind: TableKind, segment: SegmentState): PortalQuery {
  const parameters: string[] = []
  const conditions: string[] = []
  const compare = (operator: string, bound: readonly string[] | null) => {
    if (bound === null) return
    const places = bound.map(value => `$${parameters.push(value)}`)
    conditions.push(`(${keyColumns(table, bound.length)}) ${operator} (${places.join(', ')})`)
  }
  compare('>', segment.cursor ?? segment.from)
  compare('<=', segment.to)
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  const order = keyColumns(table, table.key.length)
  return { sql: `${tableQuery(table, kind).sql}${where} ORDER BY ${order}`, parameters }
}

function keyColumns(table: TableSchema, count: number): string {
  return table.key.slice(0, count).map(quoteIdentifier).join(', ')
}
