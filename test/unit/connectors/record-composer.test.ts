import { expect, test } from 'vitest'
import { capturedTable } from '../../../connectors/captured-table.ts'
import { RecordComposer } from '../../../connectors/record-composer.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import { partitionKey } from '../../../schemas/partition-key.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'
import { slicesOf } from '../../support/text-row.ts'

const mebibyte = 1 << 20
const ids = { keySchemaId: 1, valueSchemaId: 2 }

test.each([[['id']], [[]]])('memory that one large row needed is not kept for the next ones, key %j', key => {
  const columns = [column('id', baseType('int4')), column('note', baseType('text'))]
  const schema = testTable('t', columns, key)
  const encoder = changeEncoder(schema, { topicPrefix: 'm', database: 'd', ...ids })
  const state = { kind: 'table', format: 1, schema, topic: 'm.t', partitions: 1, ...ids } as const
  const table = capturedTable(state, encoder, partitionKey(schema))
  const record = new RecordComposer()
  const compose = (note: string) => {
    const after = slicesOf(schema, { id: '1', note })
    record.key(table, after)
    record.value(table, { ...table.change, op: 'c', after }, null)
  }
  compose('small')
  const small = Buffer.from(record.copyOfValue().value)
  compose('x'.repeat(64 * mebibyte))
  expect(record.size).toBeGreaterThan(64 * mebibyte)
  compose('small')
  expect(record.bytes.length).toBeLessThan(4 * mebibyte)
  expect(record.copyOfValue().value).toEqual(small)
})
