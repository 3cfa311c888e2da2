import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
})

test('the lock file lists the packages of every platform, without which npm ci refuses it', () => {
  const { packages } = lockFile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')))
  const optional = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map(name => ({ path, name })),
  )
  expect(optional.length).toBeGreaterThan(50)
  const missing = optional.filter(
    ({ path, name }) =>
      !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
  )
  expect(missing).toEqual([])
})
