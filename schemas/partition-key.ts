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
 * The bytes whose hash chooses the partition of a row's key. Keys that the database calls equal give equal bytes, and where
 * we cannot tell, the column has no say.
 */
export interface PartitionKey {
  /** Appends them; nothing for tables without a key. */
  readonly write: (row: FieldSlices, out: ByteWriter) => void
  /** They are the Avro bytes of the key, without frame, as they are for ordinary keys. */
  readonly isAvro: boolean
}

/** The partitioning of a table's keys. */
export function partitionKey(schema: TableSchema): PartitionKey {
  const columns = copiedColumns(schema)
  const forms = keyLayout(schema).map(({ index, layout }) => {
    const column = columns[index]
    return { index, layout, form: column === undefined ? null : canonicalForm(column, layout.codec) }
  })
  const steps = forms.flatMap(({ index, layout, form }) =>
    form === null ? [] : [partStep(index, layout, form)],
  )
  const encode = columnsEncoder(steps)
  const extras = new RowExtras()
  return {
    write: (row, out) => encode(row, out, extras),
    isAvro: forms.every(({ form }) => form?.isAvro === true),
  }
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
