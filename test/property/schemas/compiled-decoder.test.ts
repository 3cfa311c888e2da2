import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { valueAvroSchema } from '../../../schemas/avro-schemas.ts'
import { envelopeView, plainChangeDecoder, changeDecoder } from '../../../schemas/change-decoder.ts'
import { changeEncoder } from '../../../schemas/change-encoder.ts'
import type { ChangeDecoder, CopyRow, EnvelopeView } from '../../../schemas/decoder.ts'
import type { TableSchema } from '../../../schemas/table-schema.ts'
import { anyRow, type AnyRow } from '../../support/any-row.ts'
import { slicesOf } from '../../support/text-row.ts'

const frame = 5

/** One and the same row as an event of the snapshot or of the log. */
function envelopeOf({ schema, row }: AnyRow, snapshot: boolean): Buffer {
  const out = new ByteWriter(64)
  const slices = slicesOf(schema, row)
  const options = { topicPrefix: 'm', database: 'd', keySchemaId: null, valueSchemaId: 1 }
  const origin = {
    snapshot,
    committedAtUs: 1_795_251_408_502_033n,
    transactionId: snapshot ? null : 7,
    previousCommit: snapshot ? null : 2n ** 55n + 1n,
  }
  const change = {
    beforeIsKey: false,
    after: slices,
    origin,
    lsn: 31_709_088n,
    seenAtUs: 1_795_251_408_600_081n,
  }
  changeEncoder(schema, options).value(
    {
      ...change,
      op: snapshot ? 'r' : 'u',
      before: snapshot ? null : slices,
      totalOrder: 300,
      collectionOrder: 2,
    },
    out,
  )
  return out.written()
}

/** The view and the row's text for COPY, or why there is none. */
function decoded(decoder: ChangeDecoder, copy: CopyRow, bytes: Buffer, end: number): unknown {
  const view: EnvelopeView = envelopeView(decoder.columns.length)
  try {
    decoder.read(bytes, frame, end, view)
  } catch (error) {
    return { refused: String(error) }
  }
  const out = new ByteWriter(1)
  const cell = (column: number, to: ByteWriter) => to.utf8(`cell ${column}`)
  const row = { buffer: bytes, starts: Int32Array.from([-1, ...view.after.starts]), first: 1, cell }
  try {
    copy(row, out)
  } catch (error) {
    return { view, unreadable: String(error) }
  }
  return { view, text: out.written().toString('latin1') }
}

function decodersOf(schema: TableSchema) {
  const json = valueAvroSchema(schema, 'm.public.any')
  return [plainChangeDecoder(json), changeDecoder(json)].map(decoder => {
    const columns = decoder.columns.map((_, i) => i).toReversed()
    return { decoder, copy: decoder.copyRow(columns) }
  })
}

const options = { numRuns: 60, endOnFailure: true }

describe('the compiled decoder', () => {
  it('finds and writes what the plain one does, for any columns and values', () => {
    fc.assert(
      fc.property(anyRow, fc.boolean(), (any, snapshot) => {
        const bytes = envelopeOf(any, snapshot)
        const [plain, compiled] = decodersOf(any.schema).map(each =>
          decoded(each.decoder, each.copy, bytes, bytes.length),
        )
        expect(compiled).toStrictEqual(plain)
        expect(plain).not.toHaveProperty('refused')
      }),
      options,
    )
  })

  it('never takes broken bytes for another value than the plain one, and stays within the record', () => {
    let refused = 0
    let taken = 0
    const broken = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyRow, fc.boolean(), broken, fc.nat({ max: 3 }), (any, snapshot, changes, cut) => {
        const bytes = Buffer.concat([envelopeOf(any, snapshot), Buffer.alloc(40, 2)])
        const end = bytes.length - 40 - (cut === 3 ? 1 : 0)
        for (const [at, byte] of changes) bytes[frame + (at % (end - frame))] = byte
        const [plain, compiled] = decodersOf(any.schema).map(each =>
          decoded(each.decoder, each.copy, bytes, end),
        )
        if (Object.hasOwn(Object(compiled), 'refused')) {
          refused++
          return
        }
        taken++
        expect(compiled).toStrictEqual(plain)
        const { ends } = (compiled as { view: EnvelopeView }).view.after
        expect(Math.max(...ends)).toBeLessThanOrEqual(end)
      }),
      { numRuns: 120, endOnFailure: true },
    )
    expect(refused).toBeGreaterThan(10)
    expect(taken).toBeGreaterThan(10)
  })
})
