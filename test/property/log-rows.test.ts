import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillUnchanged, readTuple } from '../../connectors/postgres/stream/tuple.ts'
import { viewOf } from '../../core/byte-view.ts'
import { FieldSlices } from '../../schemas/field-slices.ts'
import { tupleOf } from '../support/log-message.ts'
import { type Fields, fields } from '../support/log-reader.ts'

const field = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 't', 'n', 'u', 'x'.repeat(70_000)),
  fc.constant(null),
  fc.constant(undefined),
)
const undecodable = expect.objectContaining({ code: 'source.log_undecodable' })

/** Reads rows of as many columns, which lie one behind the other in a chunk that is a part of a larger buffer. */
function readRows(rows: readonly Fields[], gap: number): FieldSlices[] {
  const space = Buffer.alloc(gap, 0xff)
  const chunk = Buffer.concat([space, ...rows.map(tupleOf), space]).subarray(gap >> 1)
  let at = gap - (gap >> 1)
  const read = rows.map(row => {
    const slices = new FieldSlices(row.length)
    at = readTuple(chunk, viewOf(chunk), at, slices)
    return slices
  })
  expect(at).toBe(chunk.length - gap)
  return read
}

test('a row of the log reads as it was written, wherever it lies', () => {
  const met = new Set<unknown>()
  fc.assert(
    fc.property(
      fc.array(fc.array(field, { maxLength: 20 }), { maxLength: 5 }),
      fc.nat({ max: 9 }),
      (rows, gap) => {
        for (const value of rows.flat()) met.add(typeof value === 'string' ? value.length > 65_536 : value)
        expect(readRows(rows, gap).map(fields)).toEqual(rows)
      },
    ),
  )
  expect(met).toEqual(new Set([true, false, null, undefined]))
})

test('a value that the log left out of the new row is taken from the old one where that has it, and only then', () => {
  let filled = 0
  let absent = 0
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 20 }), pairs => {
      const old = pairs.map(([before]) => before)
      const [before, after] = readRows([old, pairs.map(([, value]) => value)], 3)
      if (before === undefined || after === undefined) throw new Error('no rows')
      fillUnchanged(after, before)
      const expected = pairs.map(([known, value]) => (value === undefined ? (known ?? undefined) : value))
      filled += pairs.filter(([known, value]) => value === undefined && typeof known === 'string').length
      absent += expected.filter(value => value === undefined).length
      expect(fields(after)).toEqual(expected)
      expect(fields(before)).toEqual(old)
    }),
  )
  expect(Math.min(filled, absent)).toBeGreaterThan(0)
})

test('a row of more or fewer columns than its table, or with a field of an unknown kind, is refused', () => {
  const read = (bytes: Buffer, count: number) => () =>
    readTuple(bytes, viewOf(bytes), 0, new FieldSlices(count))
  const row = tupleOf(['1', null])
  expect(read(row, 2)()).toBe(row.length)
  expect(read(row, 1)).toThrow(undecodable)
  expect(read(row, 3)).toThrow(undecodable)
  row.write('b', 2)
  expect(read(row, 2)).toThrow(undecodable)
})
