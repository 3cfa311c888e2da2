import type { ByteWriter } from '../core/byte-writer.ts'
import { MigrationError } from '../core/errors.ts'
import { parseAvroType } from './avro-type.ts'
import type { DecodedColumn, RowSpans } from './decoder.ts'
import { rowReader } from './row-reader.ts'

/** Reads the keys that one writer schema wrote. */
export interface KeyDecoder {
  /** The columns of the key, in the order of the spans. */
  readonly columns: readonly DecodedColumn[]
  /** Notes where the columns of the key at `buffer[start, end)` lie (after the five bytes of the frame). Throws `event.undecodable`. */
  read(buffer: Buffer, start: number, end: number, spans: RowSpans): void
  /** Appends the text of the column whose span begins at `start`. */
  text(column: number, buffer: Buffer, start: number, out: ByteWriter): void
}

/** `schema`: the parsed JSON of the writer's Avro schema, ours or Debezium's. Throws `event.undecodable` if it is no record. */
export function keyDecoder(schema: unknown): KeyDecoder {
  const type = parseAvroType(schema)
  if (type.kind !== 'record')
    throw new MigrationError('event.undecodable', 'Not a key: its schema is no record')
  const reader = rowReader(type)
  return {
    columns: reader.columns,
    read(buffer, start, end, spans) {
      if (reader.read(buffer, start, spans) === end) return
      throw new MigrationError('event.undecodable', `${type.fullName}: the key does not end where it should`)
    },
    text: (column, buffer, start, out) => reader.text(column, buffer, start, out),
  }
}
