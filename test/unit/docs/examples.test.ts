import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MigrationConfig } from '../../../schemas/config/migration-config.ts'
import { parseConfig } from '../../../schemas/config/parse-config.ts'
import { newAuthority } from '../../support/certificates.ts'

const folder = 'docs/examples'
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.yaml'),
)

/** Reads an example where every variable and every file that it names is there. */
function parsed(name: string): MigrationConfig {
  const text = readFileSync(join(folder, name), 'utf8')
  const variables = [...text.matchAll(/^\s*env: (\w+)$/gm)].map(match => [match[1] ?? '', 'secret'])
  return parseConfig(text, Object.fromEntries(variables), content)
}

const certified = newAuthority('an authority').issue({ commonName: 'any' })

function content(path: string): string {
  if (path.endsWith('key.pem')) return certified.key
  return path.endsWith('.pem') ? certified.cert : `content of ${path}`
}

describe('the examples', () => {
  test('are all there', () => {
    expect(files.toSorted()).toEqual([
      'compose/migration.yaml',
      'postgres-to-postgres.yaml',
      'tls-and-sasl.yaml',
      'two-targets.yaml',
    ])
  })

  test.each(files)('%s is a valid configuration', name => {
    expect(parsed(name).migration).toBe('shop')
  })

  test('fan-out names two targets with databases of their own', () => {
    const { targets } = parsed('two-targets.yaml')
    expect(targets.map(({ name, postgres }) => [name, postgres.host, postgres.database])).toEqual([
      ['primary', 'new-database.internal', 'shop'],
      ['reports', 'reports-database.internal', 'warehouse'],
    ])
  })

  test('the secured one encrypts and authenticates every connection', () => {
    const { source, targets, kafka, registry } = parsed('tls-and-sasl.yaml')
    expect(source.postgres.ssl).toMatchObject({ mode: 'verify-full', ca: expect.any(String) })
    expect(source.postgres.password).not.toBeNull()
    expect(targets[0]?.postgres).toMatchObject({ password: null, ssl: { mode: 'verify-full' } })
    expect(targets[0]?.postgres.ssl).toMatchObject({ cert: expect.any(String), key: expect.anything() })
    expect(kafka).toMatchObject({ tls: { ca: expect.any(String) }, sasl: { mechanism: 'scram-sha-512' } })
    expect(registry).toMatchObject({ kind: 'external', login: { username: 'switchback' } })
  })
})
