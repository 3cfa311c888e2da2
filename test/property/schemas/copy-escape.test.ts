import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteWriter } from '../../../core/byte-writer.ts'
import { writeCopyText } from '../../../schemas/copy-escape.ts'

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }

const texts = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ min: 14, maxLength: 600 }),
  fc.array(fc.constantFrom(0x5c, 0x0a, 0x09, 0x0d, 0x0b, 0x61, 0x8a, 0xdc), { maxLength: 40 }),
)

it('a text is escaped as COPY wants it, whatever its bytes and wherever they lie', () => {
  let plain = 0
  let escaped = 0
  fc.assert(
    fc.property(texts, fc.nat(3), (bytes, before) => {
      const text = Buffer.from(bytes)
      const wanted = text.toString('latin1').replaceAll(/[\\\n\t\r]/g, byte => escapes[byte] ?? '')
      const out = new ByteWriter(1)
      // What lies before is not looked at.
      out.utf8('\\\n\t'.slice(0, before))
      writeCopyText(text, out)
      expect(out.written().subarray(before).toString('latin1')).toBe(wanted)
      expect(out.written().toString('latin1', 0, before)).toBe('\\\n\t'.slice(0, before))
      if (wanted.length === text.length) plain++
      else escaped++
    }),
    { numRuns: 500, endOnFailure: true },
  )
  expect(plain).toBeGreaterThan(100)
  expect(escaped).toBeGreaterThan(50)
})
