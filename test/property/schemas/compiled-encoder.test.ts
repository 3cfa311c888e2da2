import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { compiledColumnsEncoder, plainColumnsEncoder } from '../../../schemas/columns-encoder.ts'
import { headerNames } from '../../../schemas/encoder.ts'
import { keySteps } from '../../../schemas/key-encoder.ts'
import type { FieldSlices } from '../../../schemas/field-slices.ts'
import { type RowEncoder, rowSteps } from '../../../schemas/row-encoder.ts'
import { RowExtras } from '../../../schemas/row-extras.ts'
import { rowLayout } from '../../../schemas/row-layout.ts'
import { anyRow } from '../../support/any-row.ts'
import { slicesOf } from '../../support/text-row.ts'

/** Record and headers, or the error. */
function encoded(encode: RowEncoder, row: FieldSlices): unknown {
  const out = new ByteWriter(1)
  const extras = new RowExtras()
  try {
    encode(row, out, extras)
    return { bytes: out.written().toString('latin1'), headers: extras.drain(headerNames.text, null) }
  } catch (error) {
    return String(error)
  }
}

describe('the compiled encoder of rows', () => {
  it('writes what the plain one writes, for any columns and values', () => {
    let quick = 0
    let aside = 0
    fc.assert(
      fc.property(anyRow, ({ schema, row }) => {
        const layout = rowLayout(schema)
        const steps = rowSteps(layout)
        const slices = slicesOf(schema, row)
        const plain = encoded(plainColumnsEncoder(steps), slices)
        const compiled = compiledColumnsEncoder(steps)
        for (let again = 0; again < 2; again++) expect(encoded(compiled, slices)).toStrictEqual(plain)
        if (layout.some(column => column.codec.put !== undefined)) quick++
        if (typeof plain === 'object' && JSON.stringify(plain).includes('sb.')) aside++
      }),
      { numRuns: 80, endOnFailure: true },
    )
    expect(quick).toBeGreaterThan(40)
    expect(aside).toBeGreaterThan(10)
  })

  it('writes the key that the plain one writes, or refuses it as well', () => {
    let written = 0
    let refused = 0
    fc.assert(
      fc.property(anyRow, fc.nat(), ({ schema, row }, turn) => {
        const names = schema.columns.map(({ name }) => name)
        const from = turn % names.length
        // In another order than the columns, and seldom all of them.
        const key = [...names.slice(from), ...names.slice(0, from)].slice(0, 3)
        const steps = keySteps({ ...schema, key })
        const slices = slicesOf(schema, row)
        const plain = encoded(plainColumnsEncoder(steps), slices)
        expect(encoded(compiledColumnsEncoder(steps), slices)).toStrictEqual(plain)
        if (typeof plain === 'string') refused++
        else written++
      }),
      { numRuns: 120, endOnFailure: true },
    )
    expect(written).toBeGreaterThan(20)
    expect(refused).toBeGreaterThan(10)
  })
})
