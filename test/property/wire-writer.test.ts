import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireWriter } from '../../kafka/kafkajs/wire-writer.ts'

/** A field: how it is written, and its bytes, made in the plainest way. */
interface Field {
  readonly write: (writer: WireWriter) => WireWriter
  readonly bytes: Buffer
  readonly kind: string
}

const integer = (kind: 'int8' | 'int16' | 'int32', width: number) =>
  fc.integer({ min: -(2 ** (width * 8 - 1)), max: 2 ** (width * 8 - 1) - 1 }).map((value): Field => {
    const bytes = Buffer.alloc(width)
    bytes.writeIntBE(value, 0, width)
    return { write: writer => writer[kind](value), bytes, kind }
  })

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): Field => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return { write: writer => writer.int64(value), bytes, kind: 'int64' }
})

/** Most are short; some are longer than a buffer of the writer, or take more bytes than characters. */
const text = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 60, unit: 'grapheme' }) },
  fc.integer({ min: 400, max: 700 }).map(length => 'x'.repeat(length)),
  fc.integer({ min: 200, max: 300 }).map(length => 'ü'.repeat(length)),
)

const string = text.map((value): Field => {
  const content = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeInt16BE(content.length)
  const kind = content.length > 512 ? 'a long string' : 'string'
  return { write: writer => writer.string(value), bytes: Buffer.concat([length, content]), kind }
})

const compactString = text.map((value): Field => {
  const content = Buffer.from(value)
  const bytes = Buffer.concat([varint(content.length + 1), content])
  return { write: writer => writer.compactString(value), bytes, kind: 'compactString' }
})

const raw = fc.uint8Array({ maxLength: 100 }).map((value): Field => {
  const bytes = Buffer.from(value)
  return { write: writer => writer.raw(bytes), bytes, kind: 'raw' }
})

function varint(value: number): Buffer {
  const low = value % 128
  return value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([low + 128]), varint((value - low) / 128)])
}

test('fields are written one after the other, each as the protocol has it', () => {
  const field = fc.oneof(
    integer('int8', 1),
    integer('int16', 2),
    integer('int32', 4),
    int64,
    { weight: 3, arbitrary: string },
    compactString,
    raw,
  )
  const reached = new Set<string>()
  fc.assert(
    fc.property(fc.array(field, { maxLength: 200, size: 'max' }), fields => {
      const writer = new WireWriter()
      for (const { write, kind } of fields) {
        write(writer)
        reached.add(kind)
      }
      const expected = Buffer.concat(fields.map(({ bytes }) => bytes))
      expect(Buffer.concat(writer.parts()).equals(expected)).toBe(true)
      if (expected.length > 8_000) reached.add('many buffers')
    }),
  )
  expect(reached.size).toBe(9)
})

test('a request that names a thousand topics is a few parts', () => {
  const writer = new WireWriter()
  for (let n = 0; n < 1_000; n++) writer.string(`migration.public.table_${n}`).int32(1).int32(n).int64(0n)
  expect(writer.parts().length).toBeLessThan(12)
})
