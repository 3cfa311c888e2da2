/**
 * A Kafka Connect schema, in the JSON form in which Connect's own JSON converter writes it. The meaning of the data is
 * settled here; Avro is only the way it is written.
 */
export interface ConnectSchema {
  readonly type:
    | 'int16'
    | 'int32'
    | 'int64'
    | 'float'
    | 'double'
    | 'boolean'
    | 'string'
    | 'bytes'
    | 'array'
    | 'struct'
  readonly optional: boolean
  readonly name?: string
  readonly version?: number
  readonly doc?: string
  readonly parameters?: Readonly<Record<string, string>>
  /** Bytes are base64 here. Structs and arrays have no defaults. */
  readonly default?: string | number | boolean
  readonly items?: ConnectSchema
  readonly fields?: readonly ConnectField[]
}

export interface ConnectField extends ConnectSchema {
  readonly field: string
}

/** The parameters under which Debezium lets the type and name of the source column travel. */
export const sourceColumn = {
  type: '__debezium.source.column.type',
  length: '__debezium.source.column.length',
  scale: '__debezium.source.column.scale',
  name: '__debezium.source.column.name',
} as const
