import type { ByteWriter } from '../core/byte-writer.ts'
import type { FieldSlices } from './field-slices.ts'
import { type CanonicalForm, canonicalForm } from './canonical-form.ts'
import { columnsEncoder } from './columns-encoder.ts'
import { keyLayout } from './key-layout.ts'
import type { ColumnStep } from './row-encoder.ts'
import { RowExtras } from './row-extras.ts'
import type { ColumnLayout } from './row-layout.ts'
import { copiedColumns, type TableSchema } from './table-schema.ts'

/**
 * Appends the bytes whose hash chooses the partition of a row's key. Keys that the database calls equal give equal bytes,
 * and where we cannot tell, the column has no say. For ordinary keys these are the Avro bytes of the key, without frame.
 */
export type PartitionKey = (row: FieldSlices, out: ByteWriter) => void

/** The partitioning of a table's keys. Writes nothing for tables without a key. */
export function partitionKey(schema: TableSchema): PartitionKey {
  const columns = copiedColumns(schema)
  const steps = keyLayout(schema).flatMap(({ index, layout }) => {
    const column = columns[index]
    const form = column === undefined ? null : canonicalForm(column, layout.codec)
    return form === null ? [] : [partStep(index, layout, form)]
  })
  const encode = columnsEncoder(steps)
  const extras = new RowExtras()
  return (row, out) => encode(row, out, extras)
}

function partStep(index: number, layout: ColumnLayout, form: CanonicalForm): ColumnStep {
  const { put, ...codec } = layout.codec
  // A quick form writes the Avro bytes.
  const quick = form.isAvro && put !== undefined ? { ...codec, put } : codec
  return {
    index,
    column: { ...layout, nullable: false, codec: quick },
    encode(row, out) {
      const start = row.starts[index] ?? 0
      const length = row.lengths[index] ?? -1
      // A value that its key cannot hold makes the key fail; here it only must not look like its neighbour's.
      if (length < 0 || !form.write(row.buffer, start, length, out)) out.byte(0)
    },
  }
}
