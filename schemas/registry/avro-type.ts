import type { PrimitiveKind } from '../primitive-kind.ts'

/** An Avro schema, parsed: names are resolved, so a recursive type refers to itself as an object. */
export type AvroType = AvroPrimitive | AvroArray | AvroMap | AvroUnion | AvroNamed
export type AvroNamed = AvroRecord | AvroEnum | AvroFixed

/** Attributes that Avro does not define: logical types, `connect.*`. In the order given. */
export type Attributes = Readonly<Record<string, unknown>>

export interface AvroPrimitive {
  readonly kind: PrimitiveKind
  readonly attributes: Attributes
}
export interface AvroArray {
  readonly kind: 'array'
  readonly items: AvroType
  readonly attributes: Attributes
}
export interface AvroMap {
  readonly kind: 'map'
  readonly values: AvroType
  readonly attributes: Attributes
}
export interface AvroUnion {
  readonly kind: 'union'
  readonly branches: readonly AvroType[]
}

/** Full name, dots between its parts; `simple` is the last part and `namespace` the rest, '' if there is none. */
export interface AvroName {
  readonly full: string
  readonly simple: string
  readonly namespace: string
}

interface Named {
  readonly name: AvroName
  readonly aliases: readonly AvroName[]
  readonly doc: string | null
  readonly attributes: Attributes
}
export interface AvroRecord extends Named {
  readonly kind: 'record' | 'error'
  /** Filled after the record is made, because a field may hold the record itself. */
  readonly fields: AvroField[]
}
export interface AvroEnum extends Named {
  readonly kind: 'enum'
  readonly symbols: readonly string[]
  /** What a reader takes for a symbol it does not know. */
  readonly default: string | null
}
export interface AvroFixed extends Named {
  readonly kind: 'fixed'
  readonly size: number
}

export interface AvroField {
  readonly name: string
  readonly aliases: readonly string[]
  readonly type: AvroType
  readonly doc: string | null
  /** JSON as the schema spells it; null if there is none, which is not the default `null`. */
  readonly default: { readonly value: unknown } | null
  readonly order: 'ascending' | 'descending' | 'ignore'
  readonly attributes: Attributes
}
