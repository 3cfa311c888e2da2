import { ByteWriter } from '../core/byte-writer.ts'
import { productVersion } from '../core/product-version.ts'
import type { ChangeEncoder } from './encoder.ts'
import { writeFrame } from './frame.ts'
import { keyEncoder } from './key-encoder.ts'
import { rowWriter } from './row-writer.ts'
import { append, cleared, SourceBlock, writeOptionalLong } from './source-block.ts'
import type { TableSchema } from './table-schema.ts'
import { TransactionBlock } from './transaction-block.ts'

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
  const source = new SourceBlock({
    version: productVersion,
    name: options.topicPrefix,
    database: options.database,
    table: schema.table,
  })
  const transaction = new TransactionBlock()
  const seenAt = new SeenAt()
  return {
    keySchemaId: options.keySchemaId,
    valueSchemaId: options.valueSchemaId,
    key: keyEncoder(schema, options.keySchemaId),
    value(change, out) {
      const lsn = Number(change.lsn)
      writeFrame(options.valueSchemaId, out)
      const headers = writeRows(change, out)
      source.write(change.origin, lsn, out)
      transaction.write(change, lsn, out)
      out.byte(2)
      out.byte(change.op.charCodeAt(0))
      seenAt.write(change.seenAtUs, out)
      return headers
    },
  }
}

/** The three times at the end of the envelope; they change from batch to batch, not from row to row. */
class SeenAt {
  #us: bigint | null = null
  readonly #encoded = new ByteWriter(48)

  write(us: bigint, out: ByteWriter): void {
    if (us !== this.#us) {
      this.#us = us
      const encoded = cleared(this.#encoded)
      writeOptionalLong(us / 1000n, encoded)
      writeOptionalLong(us, encoded)
      writeOptionalLong(us * 1000n, encoded)
    }
    append(this.#encoded, out)
  }
}
