import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import type { Change } from '../../../schemas/change.ts'
import { keyAvroSchema, valueAvroSchema } from '../../../schemas/avro-schemas.ts'
import { avroName } from '../../../schemas/avro-name.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import {
  type FixtureEnvelope,
  fixtureEvents,
  fixtureTable,
  textRows,
} from '../../support/debezium-fixture.ts'
import { asFixtureJson, referenceType } from '../../support/reference-avro.ts'
import { slicesOf } from '../../support/text-row.ts'

/** Columns in which Debezium loses something: ours are the database's own text, or in a header, and so not here. */
const ourText = [
  'c_interval',
  'c_int4multirange',
  'c_line',
  'c_lseg',
  'c_box',
  'c_path',
  'c_polygon',
  'c_circle',
  'c_tsquery',
  'c_regclass',
  'c_pg_lsn',
  'c_xid8',
  'c_pair',
]
/** Of these the offset is kept. */
const ourTimes: Readonly<Record<string, string>> = {
  c_timetz: '12:34:56.789012+02:00',
  c_timetz3: '12:34:56.789+02:00',
}

function tableOf(line: number, table: string): TableSchema {
  return fixtureTable(line >= 36 && table === 'with_toast' ? 'with_toast added' : table)
}

function changeOf(envelope: FixtureEnvelope, table: TableSchema, line: number): Change {
  const row = textRows.events.find(event => event.line === line)
  if (row === undefined) throw new Error(`no text for line ${line}`)
  const previous = /^\["(\d+)"/.exec(envelope.source.sequence)?.[1]
  return {
    op: envelope.op,
    before: row.before === null ? null : slicesOf(table, row.before),
    beforeIsKey: table.identity !== 'full',
    after: row.after === null ? null : slicesOf(table, row.after),
    origin: {
      snapshot: envelope.op === 'r',
      committedAtUs: BigInt(envelope.source.ts_us),
      transactionId: envelope.source.txId,
      previousCommit: previous === undefined ? null : BigInt(previous),
    },
    lsn: BigInt(envelope.source.lsn),
    totalOrder: envelope.transaction?.total_order ?? 0,
    collectionOrder: envelope.transaction?.data_collection_order ?? 0,
    seenAtUs: BigInt(envelope.ts_us),
  }
}

function expectedRow(row: Readonly<Record<string, unknown>> | null, line: number): unknown {
  if (row === null) return null
  const text = textRows.events.find(event => event.line === line)?.after
  const ours = (column: string) => (ourText.includes(column) ? text?.[column] : ourTimes[column])
  const columns = Object.entries(row)
    .filter(([column]) => column !== 'g')
    .map(([column, value]) => [column, value === null ? null : (ours(column) ?? value)])
  return { ...Object.fromEntries(columns), ...lineDifferences[line] }
}

/** Nested arrays go to a header. Debezium's snapshot has another number for infinity than its stream, and takes BC for AD. */
const lineDifferences: Readonly<Record<number, object>> = {
  4: { a_matrix: null },
  6: { c_date: -735_160 },
  7: { c_date: -2_147_472_692 },
  8: { a_matrix: null },
}

function expectedEnvelope(envelope: FixtureEnvelope, line: number): unknown {
  return {
    ...envelope,
    before: expectedRow(envelope.before, line),
    after: expectedRow(envelope.after, line),
    source: { ...envelope.source, version: '0.1.0', snapshot: envelope.op === 'r' ? 'true' : 'false' },
    // The clock of the connector has microseconds.
    ts_ns: BigInt(envelope.ts_us) * 1000n,
  }
}

const events = fixtureEvents
  .map((event, line) => ({ ...event, line }))
  .filter(event => event.value?.source !== undefined)

describe('the events of the fixture, encoded by us and decoded by an independent Avro', () => {
  it('are all there', () => expect(events).toHaveLength(33))

  it.each(events)('line $line of $topic is what Debezium wrote', ({ value, key, topic, line }) => {
    if (value === null) throw new Error('a tombstone')
    const table = tableOf(line, value.source.table)
    const encoder = changeEncoder(table, {
      topicPrefix: 'fx',
      database: 'shop',
      keySchemaId: 3,
      valueSchemaId: 70_000,
    })
    const names = new Map(table.columns.map(column => [avroName(column.name), column.name]))
    const change = changeOf(value, table, line)
    const out = new ByteWriter(16)
    encoder.value(change, out)
    expect([...out.written().subarray(0, 5)]).toEqual([0, 0, 1, 17, 112])
    const decoded = referenceType(valueAvroSchema(table, topic)).fromBuffer(out.written().subarray(5))
    expect(asFixtureJson(decoded, names)).toEqual(expectedEnvelope(value, line))

    const keyAvro = keyAvroSchema(table, topic)
    const row = change.after ?? change.before
    if (keyAvro === null || row === null) return
    out.position = 0
    encoder.key(row, out)
    const decodedKey = referenceType(keyAvro).fromBuffer(out.written().subarray(5))
    expect(asFixtureJson(decodedKey, names)).toEqual(key)
  })
})
