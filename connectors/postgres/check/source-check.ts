import type { Client } from 'pg'
import type { Finding } from '../../../core/finding.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { ListedTable } from '../catalog/list-tables.ts'
import type { TablePatterns } from '../catalog/table-pattern.ts'
import type { ObjectNames } from '../object-names.ts'

/** What the checks look at. They change nothing. */
export interface CheckContext {
  readonly client: Client
  readonly names: ObjectNames
  readonly patterns: TablePatterns
  /** Everything that the patterns match. */
  readonly listed: readonly ListedTable[]
  /** Of these, what will be captured. */
  readonly tables: readonly TableSchema[]
}

/** Looks at one thing. A rejection means that it could not be checked, which is a finding of its own. */
export type SourceCheck = (context: CheckContext) => Promise<readonly Finding[]>
