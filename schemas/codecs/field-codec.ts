import type { ByteWriter } from '../../core/byte-writer.ts'
import type { ConnectSchema } from '../connect-schema.ts'
import type { Put, Take } from './fast/fast-codec.ts'

/** Walks and reads the Avro form of one type. Null and its union branch are the row's business, not the field's. */
export interface FieldReader {
  /** Where the field that begins at `position` ends. */
  skip(buffer: Buffer, position: number): number
  /** Appends the field at `buffer[start, end)` as text that the database's input function takes, with the exact value. */
  text(buffer: Buffer, start: number, end: number, out: ByteWriter): void
  /** The quick form of `text`, if there is one. */
  readonly take?: Take
}

/** How values of one database type travel. */
export interface FieldCodec extends FieldReader {
  /** Not optional, without a default: both are the column's. */
  readonly schema: ConnectSchema
  /**
   * Appends the Avro form of the database's text at `source[start, start + length)`. False: the Avro type cannot hold this
   * value exactly, and nothing was written.
   */
  encode(source: Buffer, start: number, length: number, out: ByteWriter): boolean
  /** Appends a zero value, for a column that must not be null while its value is elsewhere or nowhere. */
  placeholder(out: ByteWriter): void
  /** The quick form of `encode`, if there is one. */
  readonly put?: Put
}
