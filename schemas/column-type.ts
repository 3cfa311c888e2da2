/**
 * The type of a column as its database knows it, resolved: a domain carries its base, an array its element. Everything
 * that maps types starts here.
 */
export type ColumnType = BaseType | ArrayType | EnumType | DomainType | CompositeType | RangeType

interface Named {
  /** As written in DDL on the target: `numeric(12,2)`, `"Shop"."Mood"`; schema-qualified unless it is a built-in. */
  readonly sql: string
  /** The bare name in the catalogue: `int4`, `_int4`, `mood`. What Debezium upper-cases into `__debezium.source.column.type`. */
  readonly name: string
  readonly oid: number
  /** `atttypmod`: -1 when there is none. For numeric ((precision << 16) | (scale & 2047)) + 4, for varchar length + 4. */
  readonly modifier: number
}

/** Built-in and extension types without structure. `extension` names the extension that owns it, null for built-ins. */
export interface BaseType extends Named {
  readonly kind: 'base'
  readonly extension: string | null
}
export interface ArrayType extends Named {
  readonly kind: 'array'
  readonly element: ColumnType
  /** As declared; the server does not enforce it. */
  readonly dimensions: number
}
export interface EnumType extends Named {
  readonly kind: 'enum'
  readonly labels: readonly string[]
}
export interface DomainType extends Named {
  readonly kind: 'domain'
  readonly base: ColumnType
}
export interface CompositeType extends Named {
  readonly kind: 'composite'
}
export interface RangeType extends Named {
  readonly kind: 'range' | 'multirange'
}
