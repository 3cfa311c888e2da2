import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { MigrationError } from '../../../core/errors.ts'
import { Secret } from '../../../core/secret.ts'
import { parseConfig } from '../../../schemas/config/parse-config.ts'
import { newAuthority } from '../../support/certificates.ts'

const example = readFileSync('docs/examples/postgres-to-postgres.yaml', 'utf8')
const environment = { SOURCE_PASSWORD: 'planted-source-secret' }
const files = (path: string): string => {
  if (path === '/run/secrets/target-password') return 'planted-target-secret\n'
  throw new Error(`no file ${path}`)
}

const small = (rest: string): string => `migration: shop
source: {postgres: {host: a, database: b, user: c}, tables: {include: ['public.*']}}
targets: [{name: new, postgres: {host: a, database: b, user: c}}]
kafka: {brokers: ['localhost:9092']}
${rest}`

const certified = small('').replace(
  'user: c}}]',
  'user: c, ssl: {mode: verify-full, ca: ca.pem, cert: c.pem, key: k.pem}}}]',
)
const authority = newAuthority('an authority')
const { cert, key } = authority.issue({ commonName: 'switchback' })
const pem: Readonly<Record<string, string>> = { 'ca.pem': authority.cert, 'c.pem': cert, 'k.pem': key }

function failure(text: string, env = {}, readFile = files): MigrationError {
  try {
    parseConfig(text, env, readFile)
  } catch (error) {
    if (error instanceof MigrationError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

describe('a valid configuration', () => {
  test('the example that comes with the project is valid', () => {
    const config = parseConfig(example, environment, files)
    expect(config.migration).toBe('shop')
    expect(config.targets.map(target => target.name)).toEqual(['new'])
    expect(config.kafka).toMatchObject({ partitions: null, replication: 3, tls: null, sasl: null })
    expect(config.registry).toEqual({ kind: 'embedded', host: '127.0.0.1', port: 8081 })
  })

  test('passwords come from variables and files, without the newline at the end of a file', () => {
    const config = parseConfig(example, environment, files)
    expect(config.source.postgres.password?.reveal()).toBe('planted-source-secret')
    expect(config.targets[0]?.postgres.password?.reveal()).toBe('planted-target-secret')
  })

  test('no way of printing a configuration shows a password', () => {
    const config = parseConfig(example, environment, files)
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      String(config.source.postgres.password),
    ]
    expect(printed.join()).not.toContain('planted')
    expect(JSON.stringify(config)).toContain('[secret]')
  })

  test('what is left out gets its default', () => {
    const config = parseConfig(small(''), {}, files)
    expect(config.source.postgres).toEqual({
      host: 'a',
      port: 5432,
      database: 'b',
      user: 'c',
      password: null,
      ssl: { mode: 'disable' },
    })
    expect(config.kafka.maxRecordBytes).toBe(8_388_608)
    expect(config.http).toEqual({ host: '127.0.0.1', run: null, connector: null, sink: null })
  })

  test('certificates are read from their files, and keys are secrets', () => {
    const { ssl } = parseConfig(certified, {}, path => pem[path] ?? '').targets[0]?.postgres ?? {}
    expect(ssl).toEqual({
      mode: 'verify-full',
      ca: pem['ca.pem'],
      cert: pem['c.pem'],
      key: expect.any(Secret),
    })
  })

  test('an external registry takes a login', () => {
    const config = parseConfig(
      small('registry: {url: "https://r:1", username: u, password: {env: P}}'),
      { P: 'p' },
      files,
    )
    expect(config.registry).toMatchObject({
      kind: 'external',
      url: 'https://r:1',
      login: { username: 'u' },
      ca: null,
    })
  })
})

describe('a wrong configuration', () => {
  test('all problems come at once, each with its path, line and column', () => {
    const error = failure(`migration: Shop
source:
  postgres: {host: a, prot: 5, database: 1}
  tables: {include: ['nodot']}
targets:
  - {name: a, postgres: {host: a, database: b, user: c, port: x, password: {env: A, file: B}}}
  - {name: a, postgres: {host: a, database: b, user: c}}
kafka: {brokers: [foo], replicaton: 3}
sinkk: 3
registry: {url: abc}
`)
    expect(error.code).toBe('config.invalid')
    expect(error.message.split('\n').map(line => line.split(':')[0])).toEqual([
      'migration (line 1, column 1)',
      'source.postgres.user (line 3, column 3)',
      'source.postgres.prot (line 3, column 23)',
      'source.postgres.database (line 3, column 32)',
      'source.tables.include[0] (line 4, column 22)',
      'targets (line 5, column 1)',
      'targets[0].postgres.port (line 6, column 57)',
      'targets[0].postgres.password (line 6, column 66)',
      'kafka.brokers[0] (line 8, column 19)',
      'kafka.replicaton (line 8, column 25)',
      'sinkk (line 9, column 1)',
      'registry.url (line 10, column 12)',
    ])
  })

  test.each([
    ['kafka: {brokers: ["a:1"], replicaton: 3}', 'did you mean replication?'],
    ['snapshots: {}', 'did you mean snapshot?'],
    ['zzzzzz: 1', 'is not a known key'],
  ])('an unknown key is refused with the nearest known one: %s', (line, message) => {
    const text = line.startsWith('kafka') ? small('').replace(/^kafka.*$/m, line) : small(line)
    expect(failure(text).message).toContain(message)
  })

  test('every missing secret is listed, and its name only', () => {
    const error = failure(example.replace('/run/secrets/target-password', '/nowhere'), { OTHER: 'planted' })
    expect(error.code).toBe('secret.missing')
    expect(error.message).toBe(
      'source.postgres.password: the environment variable SOURCE_PASSWORD is not set\n' +
        'targets[0].postgres.password: the file /nowhere cannot be read',
    )
  })

  test.each(['ca.pem', 'c.pem', 'k.pem'])('%s has to hold what it is for, and is not repeated', file => {
    const holding = (content: string) => (path: string) => (path === file ? content : (pem[path] ?? ''))
    for (const content of ['', 'planted', key.replace('M', '?'), cert.replace('M', '?')]) {
      const error = failure(certified, {}, holding(content))
      expect(error.code).toBe('secret.missing')
      expect(error.message).toMatch(
        new RegExp(`^targets\\[0\\].* the file ${file} does not hold a .* in PEM$`),
      )
      expect(error.cause).toBeUndefined()
    }
  })

  test.each([
    ['user: c, ssl: {ca: ca.pem}}}]', 'nothing is encrypted with mode disable'],
    ['user: c, ssl: {mode: disable, cert: c.pem, key: k.pem}}}]', 'nothing is encrypted with mode disable'],
    ['user: c, ssl: {mode: require, cert: c.pem}}}]', 'cert and key belong together'],
  ])('certificates that would not be used are refused: %s', (rest, message) => {
    expect(failure(small('').replace('user: c}}]', rest)).message).toContain(message)
  })

  test.each(['{ca: ca.pem}', '{username: u, password: {env: P}}'])(
    'a registry of ours takes no login and no authority: %s',
    registry => {
      expect(failure(small(`registry: ${registry}`)).message).toContain('give its url')
    },
  )

  test('a password in the file itself is refused without repeating it', () => {
    const error = failure(small('').replace('user: c}}]', 'user: c, password: planted-in-file}}]'))
    expect(error.code).toBe('config.invalid')
    expect(error.message).toContain('targets[0].postgres.password')
    expect(JSON.stringify([error.message, error.details])).not.toContain('planted')
  })

  test('a login inside the address of the registry is refused without repeating it', () => {
    const error = failure(small('registry: {url: "http://u:planted@r"}'))
    expect(JSON.stringify([error.message, error.details])).not.toContain('planted')
    expect(error.message).toContain('give the login as username and password')
  })

  test('broken YAML names its line', () => {
    const error = failure('migration: shop\nsource: [')
    expect(error.code).toBe('config.unreadable')
    expect(error.message).toContain('line 2, column 10')
  })

  test('a key that is written twice is broken YAML', () => {
    expect(failure('migration: a\nmigration: b\n').code).toBe('config.unreadable')
  })

  test('an empty file says what is required', () => {
    expect(failure('').code).toBe('config.invalid')
  })
})
