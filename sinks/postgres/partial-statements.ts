import { type PlannedColumn, sameKey } from './planned-column.ts'

/** Statements for updates that carry only some of the columns, given by their places among the planned ones. */
export interface PartialStatements {
  /** Sets the carried columns. Affects one row for each staged one. */
  update(carried: readonly number[], operation: number): string
  /** Completes the staged rows from the target's, so that they can be written as whole ones. */
  complete(carried: readonly number[], operation: number): string
}

/** Where rows are written, and where they are staged. */
interface Places {
  readonly from: string
  readonly stage: string
}

export function partialStatements(sql: Places, columns: readonly PlannedColumn[]): PartialStatements {
  const key = sameKey(columns)
  return {
    update(carried, operation) {
      const match = `s.op = ${operation} AND ${key}`
      const set = carried.flatMap(place => {
        const column = columns[place]
        return column === undefined || column.isKey ? [] : [`${column.sql} = s.${column.staged}`]
      })
      // Nothing but the key: only that the row is there can be found out.
      if (set.length === 0) return `SELECT FROM ${sql.from} t JOIN ${sql.stage} s ON ${match}`
      return `UPDATE ${sql.from} t SET ${set.join(', ')} FROM ${sql.stage} s WHERE ${match}`
    },
    complete(carried, operation) {
      const missing = columns.filter((_, place) => !carried.includes(place))
      const set = ['op = 1', ...missing.map(column => `${column.staged} = t.${column.sql}`)]
      return `UPDATE ${sql.stage} s SET ${set.join(', ')} FROM ${sql.from} t WHERE s.op = ${operation} AND ${key}`
    },
  }
}
