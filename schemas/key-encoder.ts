import type { ByteWriter } from '../core/byte-writer.ts'
import { MigrationError } from '../core/errors.ts'
import { tableId } from '../core/table-ref.ts'
import { columnsEncoder } from './columns-encoder.ts'
import type { FieldSlices } from './field-slices.ts'
import { writeFrame } from './frame.ts'
import { type KeyColumn, keyLayout } from './key-layout.ts'
import type { ColumnStep } from './row-encoder.ts'
import { RowExtras } from './row-extras.ts'
import type { TableSchema } from './table-schema.ts'

/** Encodes the keys of a table; writes nothing where there is no key. */
export function keyEncoder(
  schema: TableSchema,
  schemaId: number | null,
): (row: FieldSlices, out: ByteWriter) => void {
  const steps = keySteps(schema)
  if (schemaId === null) return () => undefined
  const encode = columnsEncoder(steps)
  const extras = new RowExtras()
  return (row, out) => {
    writeFrame(schemaId, out)
    encode(row, out, extras)
  }
}

/** The columns of the key, which have no null and put nothing aside. */
export function keySteps(schema: TableSchema): readonly ColumnStep[] {
  return keyLayout(schema).map(column => keyStep(schema, column))
}

function keyStep(schema: TableSchema, { index, layout }: KeyColumn): ColumnStep {
  return {
    index,
    column: { ...layout, nullable: false },
    encode(row, out) {
      const length = row.lengths[index] ?? -1
      if (length >= 0 && layout.codec.encode(row.buffer, row.starts[index] ?? 0, length, out)) return
      throw new MigrationError(
        'event.key_unrepresentable',
        `${tableId(schema.table)}: a row has a value in key column ${layout.name} that keys cannot hold`,
      )
    },
  }
}
