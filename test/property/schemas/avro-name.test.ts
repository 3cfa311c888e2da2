import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { avroName } from '../../../schemas/avro-name.ts'

/** What the escape means: that it can be undone is what makes it injective. */
function undo(name: string): string {
  return name.replace(/_u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

const tricky = fc.string({
  unit: fc.constantFrom('_', 'u', '0', '5', 'f', 'a', 'é', '"', '.', '🚀'),
  maxLength: 14,
})
const names = fc.oneof(tricky, fc.string({ unit: 'grapheme', maxLength: 20 }))

describe('column names in Avro', () => {
  it('are allowed there, and can be undone', () => {
    fc.assert(
      fc.property(
        names.filter(name => name !== ''),
        name => {
          expect(avroName(name)).toMatch(/^[A-Za-z_]\w*$/)
          expect(undo(avroName(name))).toBe(name)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each(['order_id', '_private', 'a_u00', 'CamelCase9'])('stay as they are if they can: %s', name => {
    expect(avroName(name)).toBe(name)
  })

  it.each([
    ['a b', 'a_u0020b'],
    ['Größe', 'Gr_u00f6_u00dfe'],
    ['1st', '_u0031st'],
    ['a_u0020b', 'a_u005fu0020b'],
  ])('are escaped otherwise: %s', (name, avro) => {
    expect(avroName(name)).toBe(avro)
  })
})
