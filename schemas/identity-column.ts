import type { Column } from './table-schema.ts'

/** A column that may be an identity column, and what is special about its sequence. */
export interface IdentityColumn extends Column {
  /** Options of the sequence that are not its defaults, as SQL: `START WITH 2 INCREMENT BY 2`. Left out where there are none. */
  readonly identityOptions?: string
}
