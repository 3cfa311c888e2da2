import type { TargetColumn } from './target-columns.ts'

/** A column that is written: its number among the decoder's columns, and what the target calls it. */
export interface PlannedColumn extends TargetColumn {
  readonly source: number
  readonly sql: string
  /** Its name in the staging table. */
  readonly staged: string
  readonly isKey: boolean
}

/** The condition under which a row `t` of the target and a staged row `s` have the same key. */
export function sameKey(columns: readonly PlannedColumn[]): string {
  const key = columns.filter(column => column.isKey)
  return key.map(column => `t.${column.sql} = s.${column.staged}`).join(' AND ')
}
