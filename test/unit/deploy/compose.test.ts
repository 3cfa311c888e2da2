import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { parseConfig } from '../../../schemas/config/parse-config.ts'
import { silentProgram } from '../../support/silent-program.ts'

const service = z.object({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  expose: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.object({ condition: z.literal('service_healthy') })).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }),
})
const composeFile = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
})

const text = readFileSync('docker-compose.yml', 'utf8')
const { services, volumes } = composeFile.parse(parse(text, { merge: true }))
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('switchback'))
const variables = new Map(
  [...readFileSync('.env.example', 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(
    ([, name, value]) => [name, value] as const,
  ),
)
const uses = [...text.matchAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g)]
const config = parseConfig(
  readFileSync(variables.get('MIGRATION_FILE') ?? '', 'utf8'),
  Object.fromEntries(ours.flatMap(([, { environment }]) => Object.keys(environment)).map(key => [key, 'x'])),
  path => {
    throw new Error(`nobody mounts ${path}`)
  },
)

/** What the command line makes of a service's command: the names that it found, and what it does not know. */
function understood(command: readonly string[]) {
  const root = silentProgram()
  const [name, ...more] = root.parseOptions([...command]).operands
  const found = root.commands.find(candidate => candidate.name() === name)
  const rest = found?.parseOptions(root.parseOptions([...command]).unknown)
  return { name: found?.name(), options: found?.opts(), unknown: [...more, ...(rest?.unknown ?? [])] }
}

/** The ports of a container that this machine's are led to. */
const published = ({ ports }: z.output<typeof service>) =>
  ports.map(port => Number(port.slice(port.lastIndexOf(':') + 1)))

describe('docker-compose.yml', () => {
  test('runs connector and sink by commands and options that the command line knows', () => {
    expect(ours.map(([name, { command }]) => [name, understood(command)])).toEqual([
      ['connector', { name: 'connector', options: {}, unknown: [] }],
      ['sink', { name: 'sink', options: { target: ['new'] }, unknown: [] }],
    ])
  })

  test('notices a command line that is wrong', () => {
    expect(understood(['sing']).name).toBeUndefined()
    expect(understood(['sink', '--targets', 'new']).unknown).toEqual(['--targets', 'new'])
    expect(understood(['sink', 'new']).unknown).toEqual(['new'])
  })

  test('mounts the configuration where the commands look for it', () => {
    for (const [, { command, volumes: mounts }] of ours) {
      const path = command[command.indexOf('-c') + 1]
      expect(mounts.map(mount => mount.split(':').at(-2))).toEqual([path])
    }
  })

  test('gives the services exactly the variables that the configuration reads, and they are in .env.example', () => {
    const given = new Set(ours.flatMap(([, { environment }]) => Object.keys(environment)))
    expect([...given].toSorted()).toEqual(['SOURCE_PASSWORD', 'TARGET_PASSWORD'])
    expect(new Set(uses.map(([, name]) => name))).toEqual(new Set(variables.keys()))
  })

  test('has the defaults that .env.example shows, and none for passwords', () => {
    const shown = uses.map(([, name = '']) => (name.endsWith('PASSWORD') ? undefined : variables.get(name)))
    expect(uses.map(([, , fallback]) => fallback)).toEqual(shown)
  })

  test('has a service for every host that the configuration names', () => {
    const hosts = [config.source.postgres.host, ...config.targets.map(({ postgres }) => postgres.host)]
    const brokers = config.kafka.brokers.map(broker => broker.split(':')[0] ?? '')
    for (const host of [...hosts, ...brokers]) expect(Object.keys(services)).toContain(host)
    expect(services['kafka']?.environment['KAFKA_ADVERTISED_LISTENERS']).toBe(
      `PLAINTEXT://${config.kafka.brokers.join()}`,
    )
  })

  test('logs in to databases that its servers make', () => {
    for (const { host, database, user } of [
      config.source.postgres,
      ...config.targets.map(target => target.postgres),
    ])
      expect(services[host]?.environment).toMatchObject({ POSTGRES_DB: database, POSTGRES_USER: user })
    expect(services['source']?.command.join(' ')).toContain('wal_level=logical')
  })

  test('publishes and asks the ports on which the processes answer', () => {
    const { connector, sink } = services
    if (connector === undefined || sink === undefined) throw new Error('a service is missing')
    expect(config.http.host).toBe('0.0.0.0')
    expect(published(connector)).toEqual([config.http.connector])
    expect(published(sink)).toEqual([config.http.sink])
    expect(connector.healthcheck.test.join(' ')).toContain(`127.0.0.1:${config.http.connector}/healthz`)
    expect(sink.healthcheck.test.join(' ')).toContain(`127.0.0.1:${config.http.sink}/healthz`)
  })

  test('lets the network reach the registry, and only the network', () => {
    expect(config.registry).toEqual({ kind: 'embedded', host: '0.0.0.0', port: 8081 })
    expect(services['connector']?.expose).toEqual(['8081'])
  })

  test('waits only for services that exist, and keeps data only in volumes that exist', () => {
    for (const { depends_on: waits, volumes: mounts } of Object.values(services)) {
      for (const name of Object.keys(waits)) expect(Object.keys(services)).toContain(name)
      const named = mounts.map(mount => mount.split(':')[0] ?? '').filter(name => /^[a-z]/.test(name))
      for (const name of named) expect(Object.keys(volumes)).toContain(name)
    }
  })
})

describe('the Dockerfile', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8')
  const packageFile = z
    .object({ bin: z.record(z.string(), z.string()), engines: z.object({ node: z.string() }) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))

  test('starts the program that the package names, and not as root', () => {
    expect(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1]).toContain(packageFile.bin['switchback'])
    expect(/^USER (.+)$/m.exec(dockerfile)?.[1]).toBe('node')
  })

  test('copies files that exist', () => {
    const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      match => match[1]?.split(' ') ?? [],
    )
    expect(copies).toContain('package-lock.json')
    for (const path of copies) expect(existsSync(path), path).toBe(true)
  })

  test('leaves nothing out of the image that the build needs', () => {
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n')
    for (const folder of [
      'api',
      'cli',
      'connectors',
      'control',
      'core',
      'databases',
      'kafka',
      'schemas',
      'sinks',
    ])
      expect(ignored).not.toContain(folder)
  })
})
