import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redactor } from '../../../core/redactor.ts'
import { Secret } from '../../../core/secret.ts'

const secrets = fc.string({ unit: 'grapheme', minLength: 6, maxLength: 40 })
const text = fc.string({ maxLength: 10 })

test('a secret is found whatever it is put into: as it is, as JSON, in an address, and in base64 with anything around it', () => {
  fc.assert(
    fc.property(secrets, text, text, (secret, before, behind) => {
      const redact = redactor([new Secret(secret)])
      const around = (value: string) => `${before}${value}${behind}`
      const login = Buffer.from(around(secret)).toString('base64')
      // Letters at the ends tell of the neighbours too: with one byte at each end only they are left.
      expect(redact(login).replaceAll('[secret]', '').length).toBeLessThanOrEqual(
        Math.ceil((Buffer.byteLength(before) * 8) / 6) + Math.ceil((Buffer.byteLength(behind) * 8) / 6) + 4,
      )
      for (const shown of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
        expect(redact(around(shown))).toContain('[secret]')
    }),
  )
})

test('a value that is too short to be told from ordinary text is left alone', () => {
  expect(redactor([new Secret('abc')])('abcdef')).toBe('abcdef')
})
