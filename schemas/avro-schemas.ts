import { avroSchema, type JsonObject } from './avro-schema.ts'
import { envelopeSchema } from './envelope-schema.ts'
import { keySchema } from './key-layout.ts'
import type { TableSchema } from './table-schema.ts'

/** The Avro schema of a table's change events, for the registry's subject `<topic>-value`. */
export function valueAvroSchema(schema: TableSchema, topic: string): JsonObject {
  return avroSchema(envelopeSchema(schema, topic))
}

/** The Avro schema of a table's keys, for the subject `<topic>-key`; null if the table has no key. */
export function keyAvroSchema(schema: TableSchema, topic: string): JsonObject | null {
  const key = keySchema(schema, topic)
  return key === null ? null : avroSchema(key)
}
