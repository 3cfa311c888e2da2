import type { ByteWriter } from '../core/byte-writer.ts'
import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import type { FieldSlices } from './field-slices.ts'
import { writeFrame } from './frame.ts'
import { keyLayout } from './key-layout.ts'
import type { TableSchema } from './table-schema.ts'

/** Encodes the keys of a table; writes nothing where there is no key. */
export function keyEncoder(
  schema: TableSchema,
  schemaId: number | null,
): (row: FieldSlices, out: ByteWriter) => void {
  const columns = keyLayout(schema)
  return (row, out) => {
    if (schemaId === null) return
    const before = out.position
    writeFrame(schemaId, out)
    for (const { index, layout } of columns) {
      const length = row.lengths[index] ?? -1
      if (length >= 0 && layout.codec.encode(row.buffer, row.starts[index] ?? 0, length, out)) continue
      out.position = before
      throw new MigrationError(
        'event.key_unrepresentable',
        `${tableId(schema.table)}: a row has a value in key column ${layout.name} that keys cannot hold`,
      )
    }
  }
}
