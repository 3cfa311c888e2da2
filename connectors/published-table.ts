import type { TableRef } from '../core/table-ref.ts'

/** A table whose changes the log tells of. */
export interface PublishedTable extends TableRef {
  /** Differs once somebody has changed how the table is published, also when that was taken back. */
  readonly mark: string
}
