import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { productVersion } from '../../core/product-version.ts'

it('the version in the events is the version of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  expect(productVersion).toBe(manifest.version)
})
