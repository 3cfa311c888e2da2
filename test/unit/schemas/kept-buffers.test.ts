import { expect, test } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { valueAvroSchema } from '../../../schemas/avro-schemas.ts'
import { changeDecoder } from '../../../schemas/change-decoder.ts'
import { keySteps } from '../../../schemas/key-encoder.ts'
import { compiledColumnsEncoder } from '../../../schemas/columns-encoder.ts'
import { RowExtras } from '../../../schemas/row-extras.ts'
import { rowSteps } from '../../../schemas/row-encoder.ts'
import { rowLayout } from '../../../schemas/row-layout.ts'
import { collectGarbage } from '../../support/collect-garbage.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'
import { slicesOf } from '../../support/text-row.ts'

const megabyte = 1 << 20
const tables = 60

/** A buffer of this size that begins with these bytes. */
function large(bytes: Buffer): Buffer {
  const buffer = Buffer.alloc(megabyte)
  bytes.copy(buffer)
  return buffer
}

function keptBy(use: (table: number) => unknown): number {
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  const made = Array.from({ length: tables }, (_, table) => use(table))
  collectGarbage()
  const kept = process.memoryUsage().arrayBuffers - before
  // They must live until here.
  expect(made).toHaveLength(tables)
  return kept
}

const schemaOf = (table: number) => testTable(`t${table}`, [column('id', baseType('int4'))], ['id'])

test('what encodes the rows of a table does not keep what its last row was received in', () => {
  const kept = keptBy(table => {
    const schema = schemaOf(table)
    const encoders = [rowSteps(rowLayout(schema)), keySteps(schema)].map(compiledColumnsEncoder)
    const row = slicesOf(schema, { id: '7' })
    row.buffer = large(row.buffer)
    const out = new ByteWriter(64)
    for (const encode of encoders) encode(row, out, new RowExtras())
    return encoders
  })
  expect(kept).toBeLessThan(10 * megabyte)
})

test('what writes the rows of a table for COPY does not keep what its last row was received in', () => {
  const kept = keptBy(table => {
    const copy = changeDecoder(valueAvroSchema(schemaOf(table), 'm')).copyRow([0])
    const buffer = large(Buffer.from([14]))
    copy({ buffer, starts: Int32Array.of(0), first: 0, cell: () => undefined }, new ByteWriter(64))
    return copy
  })
  expect(kept).toBeLessThan(10 * megabyte)
})
