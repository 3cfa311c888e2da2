import { describe, expect, it } from 'vitest'
import { avroSchema } from '../../../schemas/avro-schema.ts'
import { changeDecoder, envelopeView } from '../../../schemas/change-decoder.ts'
import type { ConnectSchema } from '../../../schemas/connect-schema.ts'
import { fixtureSchemas } from '../../support/debezium-fixture.ts'
import { textsOf } from '../../support/decoded-texts.ts'
import { referenceType } from '../../support/reference-avro.ts'

describe('decoding the events of Debezium', () => {
  it('needs none of our parameters', () => {
    const schema = avroSchema(fixtureSchemas[13] as ConnectSchema)
    const bytes = referenceType(schema).toBuffer({
      before: null,
      after: { id: 1, small: null, large: '__debezium_unavailable_value' },
      source: {
        version: '3.6.0.Final',
        connector: 'postgresql',
        name: 'fx',
        ts_ms: 5n,
        snapshot: 'last_in_data_collection',
        db: 'shop',
        sequence: '[null,"31705616"]',
        ts_us: null,
        ts_ns: null,
        schema: 'public',
        table: 'with_toast',
        txId: 752n,
        lsn: 31_705_616n,
        xmin: null,
        origin: null,
        origin_lsn: null,
      },
      transaction: null,
      op: 'u',
      ts_ms: 1n,
      ts_us: 2n,
      ts_ns: 3n,
    })
    const decoder = changeDecoder(schema)
    const view = envelopeView(3)
    decoder.read(bytes, 0, bytes.length, view)
    expect(view).toMatchObject({ op: 'u', previousCommit: -1n, totalOrder: 0, committedAtMs: 5 })
    expect(textsOf(decoder, bytes, view.after)).toEqual({
      id: '1',
      small: null,
      large: '__debezium_unavailable_value',
    })
    const span = (i: number) => [view.after.starts[i] ?? -1, view.after.ends[i] ?? -1] as const
    expect([0, 1, 2].map(i => decoder.isUnavailable(i, bytes, ...span(i)))).toEqual([false, false, true])
  })

  it('knows the placeholders that Debezium puts into arrays and JSON', () => {
    const text = '__debezium_unavailable_value'
    const schema = {
      type: 'record',
      name: 'Envelope',
      fields: [
        { name: 'before', type: ['null', 'string'] },
        {
          name: 'after',
          type: {
            type: 'record',
            name: 'Value',
            fields: [
              { name: 'list', type: ['null', { type: 'array', items: ['null', 'string'] }] },
              { name: 'map', type: { type: 'string', 'connect.name': 'io.debezium.data.Json' } },
              { name: 'number', type: 'int' },
            ],
          },
        },
        { name: 'source', type: 'string' },
        { name: 'op', type: 'string' },
      ],
    }
    const decoder = changeDecoder(schema)
    const view = envelopeView(3)
    const unavailable = (after: object) => {
      const bytes = referenceType(schema).toBuffer({ before: null, after, source: '', op: 'u' })
      decoder.read(bytes, 0, bytes.length, view)
      return [0, 1, 2].map(i =>
        decoder.isUnavailable(i, bytes, view.after.starts[i] ?? -1, view.after.ends[i] ?? -1),
      )
    }
    const map = `{"${text}":"${text}"}`
    expect(unavailable({ list: [text], map, number: 1 })).toEqual([true, true, false])
    expect(unavailable({ list: [text, text], map: '{}', number: 1 })).toEqual([false, false, false])
    expect(unavailable({ list: null, map: text, number: 1 })).toEqual([false, true, false])
  })
})
