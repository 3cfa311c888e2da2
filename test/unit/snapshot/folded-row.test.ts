import { expect, test } from 'vitest'
import { capturedTable } from '../../../connectors/captured-table.ts'
import { OversizeRecords } from '../../../connectors/oversize.ts'
import { parseVisibility } from '../../../connectors/postgres/visibility.ts'
import { PublishBatch } from '../../../connectors/publish-batch.ts'
import { RecordComposer } from '../../../connectors/record-composer.ts'
import { BatchPool } from '../../../connectors/snapshot/batch-pool.ts'
import { keyText } from '../../../connectors/snapshot/published-change.ts'
import { ChunkWindow } from '../../../connectors/snapshot/window.ts'
import { snapshotTable } from '../../../connectors/snapshot-records.ts'
import { silent } from '../../../core/telemetry.ts'
import { RecordCursor } from '../../../kafka/record-cursor.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import { partitionKey } from '../../../schemas/partition-key.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'
import { slicesOf, type TextRow } from '../../support/text-row.ts'

const maxRecordBytes = 1000
const big = 'x'.repeat(700)
const schema = testTable(
  't',
  [
    column('id', baseType('int4')),
    column('name', baseType('text')),
    column('a', baseType('text')),
    column('b', baseType('text')),
  ],
  ['id', 'name'],
)
const ids = { keySchemaId: 1, valueSchemaId: 2 }

function notesTable() {
  const encoder = changeEncoder(schema, { topicPrefix: 'm', database: 'd', ...ids })
  const state = { kind: 'table', format: 1, schema, topic: 'm.t', partitions: 1, ...ids } as const
  return capturedTable(state, encoder, partitionKey(schema))
}

function compose(table: ReturnType<typeof notesTable>, op: 'r' | 'u', row: TextRow): RecordComposer {
  const record = new RecordComposer()
  const after = slicesOf(schema, row)
  record.key(table, after)
  record.value(table, { ...table.change, op, after }, null)
  return record
}

test('a row that the columns of newer events make too large is parked with its key, and the others are published', () => {
  const table = notesTable()
  const oversize = new OversizeRecords('m', maxRecordBytes, silent)
  const window = new ChunkWindow({ ...snapshotTable(table, oversize), pool: new BatchPool(1) })
  window.opened(parseVisibility('100:100:'))
  for (const id of ['1', '2']) {
    const row = compose(table, 'r', { id, name: 'n"', a: big, b: 'small' })
    window.hold({ partition: row.partition, appendTo: batch => batch.append(row, row.headers) })
    const event = compose(table, 'u', {
      id,
      name: 'n"',
      a: { absent: true },
      b: id === '1' ? big : 'changed',
    })
    const newKey = keyText(event)
    window.observe({ table: table.id, transaction: 200n, oldKey: null, newKey, partial: event.copyOfValue() })
  }
  window.complete()
  expect(window.take()).toMatchObject({ rows: 1, dropped: 0, folded: 2 })
  const batch = new PublishBatch()
  oversize.drain(batch)
  const [parked] = headersIn(batch)
  expect(parked).toMatchObject({ 'sb.code': 'event.too_large', 'sb.table': 'public.t', 'sb.partition': '0' })
  expect(JSON.parse(parked?.['sb.key'] ?? '')).toEqual({ id: 1, name: 'n"' })
  expect(Number(parked?.['sb.bytes'])).toBeGreaterThan(2 * big.length)
})

function headersIn(batch: PublishBatch): Record<string, string>[] {
  const found: Record<string, string>[] = []
  const cursor = new RecordCursor()
  for (const records of batch.batches()) {
    const place = { baseOffset: 0n, since: 0n, nextOffset: 1n, timestampMs: 0 }
    cursor.open({ ...records, ...place, start: 0, end: records.bytes.length })
    while (cursor.next())
      found.push(Object.fromEntries(cursor.headers().map(([name, value]) => [name, String(value)])))
  }
  return found
}
