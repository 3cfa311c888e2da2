import type { TargetColumn } from './target-columns.ts'

/** A column that is written: its number among the decoder's columns, and what the target calls it. */
export interface PlannedColumn extends TargetColumn {
  readonly source: number
  readonly sql: string
  /** Its name in the staging table. */
  readonly staged: string
  readonly isKey: boolean
  /** The operator by which the key's index finds it, as SQL. */
  readonly equals: string
}

/** Types whose equal values always look the same; texts only under a collation that compares bytes in the end. */
const plainTypes = new Set([
  'int2',
  'int4',
  'int8',
  'oid',
  'bool',
  'uuid',
  'date',
  'timestamp',
  'timestamptz',
  'bytea',
])
const textTypes = new Set(['text', 'varchar'])

/** Whether values that the database calls equal may look different, such as 1.0 and 1.00. */
export function hasManyForms({ plainType, collate }: PlannedColumn): boolean {
  const type = /^pg_catalog\."?(\w+)"?$/.exec(plainType)?.[1] ?? ''
  if (textTypes.has(type)) return !collate.startsWith('COLLATE pg_catalog.')
  return !plainTypes.has(type)
}

/**
 * The condition under which they are the same row: a deletion that comes late, because its event was parked, must not
 * meet the row that has an equal key of another form by now.
 */
export function sameRow(columns: readonly PlannedColumn[]): string {
  const forms = columns.filter(column => column.isKey && hasManyForms(column))
  const alike = forms.map(
    ({ sql, staged, type }) => `(t.${sql})::text COLLATE "C" = (s.${staged}::${type})::text COLLATE "C"`,
  )
  return [sameKey(columns), ...alike].join(' AND ')
}

/** The condition under which a row `t` of the target and a staged row `s` have the same key. */
export function sameKey(columns: readonly PlannedColumn[]): string {
  const key = columns.filter(column => column.isKey)
  return key.map(({ sql, staged, equals }) => `t.${sql} ${equals} s.${staged}`).join(' AND ')
}
