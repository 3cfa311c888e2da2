import { productVersion } from '../core/product-version.ts'
import type { ChangeEncoder } from './encoder.ts'
import { EnvelopeTail } from './envelope-tail.ts'
import { writeFrame } from './frame.ts'
import { keyEncoder } from './key-encoder.ts'
import { rowWriter } from './row-writer.ts'
import type { TableSchema } from './table-schema.ts'

export interface ChangeEncoderOptions {
  /** The migration: `source.name`, and the first part of its topics. */
  readonly topicPrefix: string
  /** `source.db`. */
  readonly database: string
  /** Null for tables without a key. */
  readonly keySchemaId: number | null
  readonly valueSchemaId: number
}

/** Encodes the changes of one table in one version of its schema. */
export function changeEncoder(schema: TableSchema, options: ChangeEncoderOptions): ChangeEncoder {
  const writeRows = rowWriter(schema)
  const tail = new EnvelopeTail({
    version: productVersion,
    name: options.topicPrefix,
    database: options.database,
    table: schema.table,
  })
  return {
    keySchemaId: options.keySchemaId,
    valueSchemaId: options.valueSchemaId,
    key: keyEncoder(schema, options.keySchemaId),
    value(change, out) {
      writeFrame(options.valueSchemaId, out)
      const headers = writeRows(change, out)
      tail.write(change, out)
      return headers
    },
  }
}
