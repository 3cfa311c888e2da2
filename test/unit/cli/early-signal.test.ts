import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('nothing that takes long is loaded before signals are heard', () => {
  const [before = '', after = ''] = readFileSync('cli/main.ts', 'utf8').split('process.on(name')
  const loaded = [...before.matchAll(/^import (?!type ).* from '(.*)'$/gm)].map(([, from]) => from)
  expect(loaded).toEqual(['node:fs'])
  expect(after).toContain("await import('./program.ts')")
})
