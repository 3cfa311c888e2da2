import { envelopeLayout } from './change-decoder.ts'
import { columnsEncoderSource } from './columns-encoder.ts'
import { copyRowSource } from './copy-row.ts'
import { envelopeReaderSource } from './envelope-reader.ts'
import { keySteps } from './key-encoder.ts'
import { rowSteps } from './row-encoder.ts'
import { rowLayout } from './row-layout.ts'
import type { TableSchema } from './table-schema.ts'
import { valueAvroSchema } from './avro-schemas.ts'

/** One generated function of a table: what it is for, and its source. */
export interface GeneratedCode {
  readonly purpose: string
  readonly source: string
}

/** All that is generated for a table: by the connector for the first two, by sinks for the others. */
export function explainCodec(schema: TableSchema, topic: string): readonly GeneratedCode[] {
  const { fields, rows } = envelopeLayout(valueAvroSchema(schema, topic))
  let skips = 0
  return [
    { purpose: 'key: text to Avro', source: columnsEncoderSource(keySteps(schema)) },
    { purpose: 'row: text to Avro', source: columnsEncoderSource(rowSteps(rowLayout(schema))) },
    {
      purpose: 'event: where the fields lie',
      source: envelopeReaderSource(fields, rows.columns, () => skips++),
    },
    {
      purpose: 'row: Avro to the text of COPY',
      source: copyRowSource(
        rows.columns,
        rows.columns.map((_, column) => column),
      ),
    },
  ]
}
