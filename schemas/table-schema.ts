import type { TableRef } from '../core/table-ref.ts'
import type { ColumnType } from './column-type.ts'

/**
 * All that is known of a table of the source. Stored in the state topic (format 1), read by sinks to create and check
 * the table, and by everything that encodes or decodes its rows.
 */
export interface TableSchema {
  readonly table: TableRef
  /** By what the source knows the table when it is called otherwise. Left out where it was not looked up. */
  readonly id?: string
  /** In the source's order, without dropped ones. */
  readonly columns: readonly Column[]
  /** The columns of the replica identity index or primary key, in index order. Empty: the table has no key. */
  readonly key: readonly string[]
  readonly identity: ReplicaIdentity
  /** What must exist before the table can be created (schemas, extensions, enums, domains, composites, sequences), in order. */
  readonly requires: readonly SchemaObject[]
  /** The primary key as a constraint definition, for example `PRIMARY KEY (a, b)`; null if there is none. */
  readonly primaryKey: SchemaObject | null
  /** Built after the snapshot: indexes, unique constraints, checks, foreign keys. */
  readonly secondary: readonly SchemaObject[]
}

/** What the log tells about the old row of an update or a delete. */
export type ReplicaIdentity = 'default' | 'index' | 'full' | 'nothing'

export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  /** The default as an SQL expression; null if there is none. Defaults are recreated on the target, never evaluated here. */
  readonly default: string | null
  /** The value rows older than the column have, as text; null if the column came with the table or without a default. */
  readonly missingValue: string | null
  readonly identity: 'always' | 'by-default' | null
  /** The expression of a generated column: computed again by the target, never copied. */
  readonly generated: string | null
  /** Schema-qualified collation when it is not the type's own, or calls different texts equal. */
  readonly collation: string | null
  /** By what the source knows the column, whatever it is called. Left out where it was not looked up. */
  readonly number?: number
}

export interface SchemaObject {
  readonly kind:
    | 'schema'
    | 'extension'
    | 'enum'
    | 'domain'
    | 'composite'
    | 'range'
    | 'sequence'
    | 'primary-key'
    | 'index'
    | 'unique'
    | 'check'
    | 'exclusion'
    | 'foreign-key'
  /** Schema-qualified and quoted for SQL, unique within its kind. */
  readonly name: string
  /** One statement that makes it. */
  readonly create: string
}

/** The columns whose values travel: all but the generated ones. Rows, keys and Avro records use this order. */
export function copiedColumns(schema: TableSchema): readonly Column[] {
  return schema.columns.filter(column => column.generated === null)
}
