import fc from 'fast-check'
import { expect, it } from 'vitest'
import { capturedTable } from '../../../connectors/captured-table.ts'
import { EventWriter } from '../../../connectors/event-writer.ts'
import { OversizeRecords } from '../../../connectors/oversize.ts'
import { PublishBatch } from '../../../connectors/publish-batch.ts'
import { RowlessTables } from '../../../connectors/rowless-tables.ts'
import type { RowMessage } from '../../../connectors/source.ts'
import { TransactionCursor } from '../../../connectors/transaction-cursor.ts'
import { silent } from '../../../core/telemetry.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import { partitionKey } from '../../../schemas/partition-key.ts'
import { baseType } from '../../support/column-types.ts'
import { column, testTable } from '../../support/test-table.ts'
import { slicesOf, type TextRow } from '../../support/text-row.ts'

const maxRecordBytes = 2_000
const columns = [column('id', baseType('int4')), column('body', baseType('text'))]
const ids = { keySchemaId: 1, valueSchemaId: 2 }

type Change = Pick<RowMessage, 'op' | 'beforeIsKey'> & {
  readonly after: TextRow | null
  readonly before: TextRow | null
}

const body = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.nat(400).map(length => 'a'.repeat(length)),
  fc.constant('too large'.repeat(400)),
)
const row = fc.record({ id: fc.nat(20).map(String), body })
const change: fc.Arbitrary<Change> = fc.oneof(
  row.map(after => ({ op: 'c' as const, after, before: null, beforeIsKey: false })),
  row.map(after => ({ op: 'u' as const, after, before: null, beforeIsKey: false })),
  row.map(after => ({
    op: 'u' as const,
    after,
    before: { id: `${after.id}1`, body: null },
    beforeIsKey: true,
  })),
  row.map(({ id }) => ({ op: 'd' as const, after: null, before: { id, body: null }, beforeIsKey: true })),
)

/** What is published of the changes, and the keys that are put aside. `open`: they are composed for the snapshot to see. */
function published(changes: readonly Change[], key: readonly string[], open: boolean) {
  const schema = testTable('t', columns, key)
  const encoder = changeEncoder(schema, { topicPrefix: 'm', database: 'd', ...ids })
  const state = { kind: 'table', format: 1, schema, topic: 'm.t', partitions: 3, ...ids } as const
  const tables = new Map([['public.t', capturedTable(state, encoder, partitionKey(schema))]])
  const cursor = new TransactionCursor({ after: 0n, committedAtUs: null, previousCommit: null, partly: null })
  const oversize = new OversizeRecords('m', maxRecordBytes, silent)
  const batch = new PublishBatch()
  const events = new EventWriter(batch, tables, cursor, {
    observer: { observe: () => true, truncated: () => true, isOpen: () => open },
    oversize,
    lookup: {
      row: () => Promise.reject(new Error('not asked for here')),
      close: async () => undefined,
    },
    rowless: new RowlessTables([]),
    head: () => Promise.reject(new Error('not asked for here')),
  })
  cursor.begin({ kind: 'begin', transactionId: 7, commit: 10n, committedAtUs: 5_000n })
  for (const [index, { op, after, before, beforeIsKey }] of changes.entries())
    void events.row({
      kind: 'row',
      table: schema.table,
      op,
      after: after && slicesOf(schema, after),
      before: before && slicesOf(schema, before),
      beforeIsKey,
      lsn: BigInt(index),
      index: index + 1,
    })
  const seen = (some: PublishBatch) =>
    some.batches().map(({ bytes, ...place }) => ({ ...place, bytes: bytes.toString('latin1') }))
  const parked = new PublishBatch()
  oversize.drain(parked)
  return { batches: seen(batch), events: batch.events, bytes: batch.bytes, parked: seen(parked) }
}

it('an event that is written where it lies is the one that is composed for the snapshot, too large ones among them', () => {
  let parked = 0
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 20 }),
      fc.constantFrom<readonly string[]>(['id'], []),
      (some, key) => {
        // Without a key the log tells the whole old row; here that would only be more of the same.
        const told = key.length > 0 ? some : some.filter(({ op }) => op === 'c')
        const placed = published(told, key, false)
        expect(placed).toEqual(published(told, key, true))
        if (placed.parked.length > 0 && placed.events > 3) parked++
      },
    ),
    { numRuns: 200, endOnFailure: true },
  )
  expect(parked).toBeGreaterThan(30)
})
