import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { keyAvroSchema, valueAvroSchema } from '../../../schemas/avro-schemas.ts'
import type { Change } from '../../../schemas/change.ts'
import { changeDecoder, envelopeView } from '../../../schemas/change-decoder.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import { keyDecoder } from '../../../schemas/key-decoder.ts'
import { rowSpans } from '../../../schemas/row-reader.ts'
import { copiedColumns, type TableSchema } from '../../../schemas/table-schema.ts'
import { baseType, numericType } from '../../support/column-types.ts'
import { fixtureTable, textRows } from '../../support/debezium-fixture.ts'
import { textsOf } from '../../support/decoded-texts.ts'
import { referenceType } from '../../support/reference-avro.ts'
import { slicesOf, type TextRow } from '../../support/text-row.ts'

const options = { topicPrefix: 'fx', database: 'shop', keySchemaId: 1, valueSchemaId: 2 }

function streamed(after: TextRow | null, table: TableSchema): Change {
  return {
    op: 'c',
    before: null,
    beforeIsKey: false,
    after: after === null ? null : slicesOf(table, after),
    origin: {
      snapshot: false,
      committedAtUs: 1_795_251_408_502_033n,
      transactionId: 7,
      previousCommit: 2n ** 55n + 1n,
    },
    lsn: 31_709_088n,
    totalOrder: 300,
    collectionOrder: 2,
    seenAtUs: 1_795_251_408_600_081n,
  }
}

function tableWith(
  columns: readonly [string, ReturnType<typeof baseType>, boolean][],
  key: string[],
): TableSchema {
  return {
    ...fixtureTable('with_toast'),
    columns: columns.map(([name, type, nullable]) => ({
      name,
      type,
      nullable,
      default: null,
      missingValue: null,
      identity: null,
      generated: null,
      collation: null,
    })),
    key,
  }
}

/** Text in which the same value comes back in another shape. */
const reshaped: Readonly<Record<string, string | null>> = {
  c_money: '12.34',
  c_timetz: '12:34:56.789012+02:00',
  c_timetz3: '12:34:56.789+02:00',
  c_timestamptz: '2024-02-29T10:34:56.789012Z',
  c_timestamptz3: '2024-02-29T10:34:56.789Z',
  a_integer: '{"1",NULL,"3"}',
  a_text: '{"a","b,c",NULL,"d\\"e"}',
  a_numeric: '{"1.50","-2.25"}',
  a_boolean: '{"t","f"}',
  a_timestamptz: '{"2024-02-29T10:34:56.789012Z"}',
  a_uuid: '{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}',
  a_mood: '{"sad","ok"}',
  a_matrix: null,
}

describe('decoding change events', () => {
  it('gives back every value of every type', () => {
    const table = fixtureTable('every_type')
    const row = textRows.events[2]?.after ?? {}
    const out = new ByteWriter(1)
    const headers = changeEncoder(table, options).value(streamed(row, table), out)
    const decoder = changeDecoder(valueAvroSchema(table, 'fx.public.every_type'))
    const view = envelopeView(decoder.columns.length)
    decoder.read(out.written(), 5, out.position, view)
    expect(textsOf(decoder, out.written(), view.after)).toEqual({ ...row, ...reshaped })
    expect(headers?.map(([name, value]) => [name, value?.toString()])).toEqual([
      ['sb.text', '{"a_matrix":"{{1,2},{3,4}}"}'],
    ])
    expect(view).toMatchObject({
      op: 'c',
      hasBefore: false,
      hasAfter: true,
      previousCommit: 2n ** 55n + 1n,
      totalOrder: 300,
      committedAtMs: 1_795_251_408_502,
    })
    expect(view.before.starts.every(start => start === -1)).toBe(true)
  })

  it('gives columns their original names, and tells their source types', () => {
    const decoder = changeDecoder(valueAvroSchema(fixtureTable('Odd Näme'), 'fx.public.Odd_N_me'))
    expect(decoder.columns.map(column => column.name)).toEqual(['a b', 'Größe', 'x.y', '1st'])
    expect(decoder.columns.map(column => column.sourceType)).toEqual(['INT4', 'TEXT', 'TEXT', 'TEXT'])
  })

  it('refuses a record that is cut off, too long, or of another schema', () => {
    const table = fixtureTable('with_toast')
    const schema = valueAvroSchema(table, 'fx.public.with_toast')
    const out = new ByteWriter(1)
    changeEncoder(table, options).value(streamed({ id: '1', small: '2', large: 'x' }, table), out)
    const decoder = changeDecoder(schema)
    const view = envelopeView(3)
    const refused = expect.objectContaining({ code: 'event.undecodable' })
    for (let end = 6; end < out.position; end++) {
      expect(() => decoder.read(Buffer.from(out.written().subarray(5, end)), 0, end - 5, view)).toThrow(
        refused,
      )
    }
    expect(() => decoder.read(out.buffer, 5, out.position + 1, view)).toThrow(refused)
    expect(() => changeDecoder({ type: 'record', name: 'x', fields: [] })).toThrow(refused)
    expect(() => changeDecoder('string')).toThrow(refused)
    expect(() => changeDecoder({ type: 'nonsense' })).toThrow(refused)
  })

  it('reads keys back, and refuses a key that its type cannot hold', () => {
    const table = tableWith(
      [
        ['n', numericType(5, 1), false],
        ['a b', baseType('text'), false],
        ['other', baseType('int4'), true],
      ],
      ['a b', 'n'],
    )
    const encoder = changeEncoder(table, options)
    const out = new ByteWriter(1)
    encoder.key(slicesOf(table, { n: '-1.5', 'a b': 'ä', other: '3' }), out)
    const decoder = keyDecoder(keyAvroSchema(table, 'fx.t'))
    const spans = rowSpans(2)
    decoder.read(out.written(), 5, out.position, spans)
    expect(decoder.columns.map(column => column.name)).toEqual(['a b', 'n'])
    const texts = decoder.columns.map((_, i) => {
      const text = new ByteWriter(1)
      decoder.text(i, out.buffer, spans.starts[i] ?? -1, text)
      return text.written().toString()
    })
    expect(texts).toEqual(['ä', '-1.5'])
    expect(() => encoder.key(slicesOf(table, { n: 'NaN', 'a b': 'x' }), out)).toThrow(
      expect.objectContaining({ code: 'event.key_unrepresentable' }),
    )
  })

  it('gives each transaction its own block, also when they come in turns', () => {
    const table = fixtureTable('with_toast')
    const type = referenceType(valueAvroSchema(table, 'fx.t'))
    const encoder = changeEncoder(table, options)
    const one = streamed({ id: '1', small: '2', large: 'x' }, table)
    const other = {
      ...one,
      seenAtUs: 77_000n,
      origin: { snapshot: false, committedAtUs: 5_000n, transactionId: 8, previousCommit: null },
    }
    const blocks = [one, other, one].map(change => {
      const out = new ByteWriter(1)
      encoder.value(change, out)
      const { source, transaction, ts_ms } = type.fromBuffer(out.written().subarray(5))
      return [source.sequence, source.txId, source.ts_ms, source.ts_ns, transaction.id, ts_ms]
    })
    const first = [
      '["36028797018963969","31709088"]',
      7n,
      1_795_251_408_502n,
      1_795_251_408_502_033_000n,
      '7:31709088',
      1_795_251_408_600n,
    ]
    expect(blocks).toEqual([first, ['[null,"31709088"]', 8n, 5n, 5_000_000n, '8:31709088', 77n], first])
  })

  it('tells values that do not fit, NULLs that may not be, and absent ones by headers', () => {
    const table = tableWith(
      [
        ['id', baseType('int4'), false],
        ['"n', baseType('numeric'), false],
        ['m', numericType(5, 1), true],
        ['t', baseType('text'), false],
        ['big', baseType('bytea'), true],
        ['j', baseType('int8'), false],
      ],
      ['id'],
    )
    const out = new ByteWriter(1)
    const encoder = changeEncoder(table, options)
    const after = {
      id: '1',
      '"n': 'NaN',
      m: 'Infinity',
      t: null,
      big: { absent: true },
      j: { absent: true },
    } as const
    const headers = encoder.value({ ...streamed(after, table), before: slicesOf(table, after) }, out)
    expect(headers?.map(([name, value]) => [name, JSON.parse(String(value))])).toEqual([
      ['sb.text.before', { '"n': 'NaN', m: 'Infinity', t: null }],
      ['sb.text', { '"n': 'NaN', m: 'Infinity', t: null }],
      ['sb.unchanged', ['big', 'j']],
    ])
    const decoder = changeDecoder(valueAvroSchema(table, 'fx.t'))
    const view = envelopeView(decoder.columns.length)
    decoder.read(out.written(), 5, out.position, view)
    expect(textsOf(decoder, out.written(), view.after)).toEqual({
      id: '1',
      '"n': '0',
      m: null,
      t: '',
      big: `\\x${Buffer.from('__debezium_unavailable_value').toString('hex')}`,
      j: '0',
    })
    expect(decoder.isUnavailable(4, out.buffer, view.after.starts[4] ?? -1, view.after.ends[4] ?? -1)).toBe(
      true,
    )
    // What was told once is not told again.
    expect(
      encoder.value(streamed({ ...after, '"n': '1', m: '1', t: '', big: '\\x', j: '1' }, table), out),
    ).toBeNull()
    expect(copiedColumns(table)).toHaveLength(6)
  })
})
