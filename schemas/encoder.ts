import type { ByteWriter } from '../core/byte-writer.ts'
import type { RecordHeader } from '../kafka/record-headers.ts'
import type { Change } from './change.ts'
import type { FieldSlices } from './field-slices.ts'

/**
 * Turns the rows of one table, in one version of its schema, into Kafka keys and values: Avro behind Confluent's five
 * bytes. Appends to the writers; never keeps a reference to its arguments.
 */
export interface ChangeEncoder {
  readonly keySchemaId: number | null
  readonly valueSchemaId: number
  /**
   * The key of a row. Throws `event.key_unrepresentable` when a key column holds a value that its Avro type cannot hold
   * (NaN in a numeric key): such keys would collide.
   */
  key(row: FieldSlices, out: ByteWriter): void
  /**
   * The envelope. Returns the encoded headers section when the event needs the `sb.*` headers, else null: `sb.text` holds
   * the exact text of values that the Avro type cannot hold, `sb.unchanged` the names of absent columns.
   */
  value(change: Change, out: ByteWriter): readonly RecordHeader[] | null
}

/**
 * `sb.unchanged`: JSON array of column names that the log did not carry. `sb.text`: JSON object of column name to exact
 * text, for `after`; `sb.text.before` the same for `before`. `sb.open`: a partial update of a table whose snapshot is not
 * finished: harmless when it finds no row. `__debezium.newkey` and `__debezium.oldkey`: Debezium's, on key changes.
 */
export const headerNames = {
  unchanged: 'sb.unchanged',
  text: 'sb.text',
  textBefore: 'sb.text.before',
  open: 'sb.open',
  newKey: '__debezium.newkey',
  oldKey: '__debezium.oldkey',
} as const
