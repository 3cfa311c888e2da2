import type { TableSchema } from '../../../schemas/table-schema.ts'
import type { BuiltObject } from '../ddl/built-objects.ts'
import type { UniqueKey } from '../ddl/unique-keys.ts'

/** A table as the source has it, and its topic; null while the migration has not begun with it. */
export interface WantedTable {
  readonly schema: TableSchema
  readonly topic: string | null
}

/** A table as the target has it. */
export interface TargetTable {
  readonly oid: string
  /** `relkind`: r and p are tables. */
  readonly kind: string
  readonly unlogged: boolean
  /** We are its owner, or a member of the role that is. */
  readonly owned: boolean
  readonly rowSecurity: boolean
  readonly missingPrivileges: readonly string[]
  /** Triggers and rules that act on our writes too, and those that do not. */
  readonly firingTriggers: readonly string[]
  readonly quietTriggers: readonly string[]
  readonly columns: readonly TargetColumn[]
  readonly uniqueKeys: readonly UniqueKey[]
  readonly objects: readonly BuiltObject[]
  /** The migration has applied something to it: rows and constraints are to be expected. */
  readonly begun: boolean
  /** False also where we may not look, which is a finding of its own. */
  readonly hasRows: boolean
}

export interface TargetColumn {
  readonly table: string
  readonly name: string
  /** As `format_type` prints it with an empty search path. */
  readonly sql: string
  /** Bare name in the catalogue, for example `_int4`. */
  readonly typeName: string
  readonly modifier: number
  readonly builtIn: boolean
  readonly nullable: boolean
  readonly hasDefault: boolean
  readonly identity: boolean
  /** The expression of a generated column, else null. */
  readonly generated: string | null
  readonly collation: string | null
  /** False: the collation calls different texts equal. */
  readonly deterministic: boolean
}
