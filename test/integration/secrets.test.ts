import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { listeningAddresses } from '../support/listening-addresses.ts'
import { loginProxy } from '../support/login-proxy.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { registryCoreOn, registryUrl } from '../support/registry-on.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const planted = {
  source: 'planted"source\\1',
  target: "planted'target 2",
  kafka: 'planted-kafka-3',
  registry: 'planted:registry@4',
}
const wrong = 'planted-wrong-5'
const everySecret = [...Object.values(planted), wrong]

const folder = mkdtempSync(join(tmpdir(), 'switchback-secrets-'))
const data = join(folder, 'data')
let broker: KafkaServer

beforeAll(async () => {
  broker = await startKafka({
    heapMb: 256,
    listeners: { LOGIN: 'SASL_PLAINTEXT' },
    users: { alice: planted.kafka },
    properties: {
      'log.dirs': data,
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256,PLAIN',
      'listener.name.login.scram-sha-256.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'listener.name.login.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="${planted.kafka}";`,
    },
  })
})
afterAll(async () => {
  await broker.stop()
  rmSync(folder, { recursive: true })
})

/** Forms in which a secret may turn up: as it is, escaped, and in base64 whatever stands before it. */
function formsOf(secret: string): readonly Buffer[] {
  const inner = [0, 1, 2].map(before =>
    Buffer.from('x'.repeat(before) + secret)
      .toString('base64')
      .slice(before === 0 ? 0 : 4, -4),
  )
  const escaped = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]
  return [secret, ...escaped, ...inner].map(form => Buffer.from(form))
}

function expectNoSecret(where: string, shown: string | Buffer): void {
  const bytes = Buffer.from(shown)
  for (const secret of everySecret)
    for (const form of formsOf(secret))
      expect(bytes.includes(form), `${where} holds ${form.toString()}`).toBe(false)
}

const fileWith = (content: string): { file: string } => {
  const file = join(mkdtempSync(join(folder, 'secret-')), 'password')
  writeFileSync(file, `${content}\n`)
  return { file }
}

/** As bad servers do. */
function repeatingLogin(authorization: string): string {
  const sent = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()
  return JSON.stringify({ error_code: 401, message: `no such login: ${authorization}, which is ${sent}` })
}

/** Every edge with a login of its own. */
async function openLockedMigration(): Promise<Migration> {
  const { source, target } = servers()
  const user = `locked_${process.pid}`
  for (const [{ url }, password] of [[source, planted.source] as const, [target, planted.target] as const]) {
    await withClient(url, client =>
      client.query(`CREATE ROLE ${user} LOGIN SUPERUSER PASSWORD ${client.escapeLiteral(password)}`),
    )
    onTestFinished(() => withClient(url, async client => void (await client.query(`DROP ROLE ${user}`))))
  }
  const registry = await registryUrl(await registryCoreOn(openMemoryLog()))
  const { url } = await loginProxy({
    behind: registry,
    username: 'bob',
    password: planted.registry,
    refusal: repeatingLogin,
  })
  const migration = await openMigration({
    kafka: broker,
    tables: 'CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t SELECT generate_series(1, 100)',
  })
  const { settings } = migration
  Object.assign(settings.source.postgres, { user, password: fileWith(planted.source) })
  Object.assign(settings.targets[0]?.postgres ?? {}, { user, password: fileWith(planted.target) })
  Object.assign(settings.kafka, {
    brokers: [broker.listeners['LOGIN']],
    sasl: { mechanism: 'scram-sha-256', username: 'alice', password: fileWith(planted.kafka) },
  })
  Object.assign(settings, { registry: { url, username: 'bob', password: fileWith(planted.registry) } })
  return migration
}

test('no secret comes out of a migration that works: logs, answers, titles, topics and tables', async () => {
  const migration = await openLockedMigration()
  const role = await migration.start('run', '--log-level', 'debug')
  await migration.copied()
  await migration.sql(`UPDATE t SET note = 'changed'`)
  await migration.drained()
  await migration.expectEqual()
  for (const path of ['metrics', 'readyz', 'healthz']) expectNoSecret(path, await role.get(path))
  for (const args of [
    ['check'],
    ['check', '--json'],
    ['status'],
    ['status', '--json'],
    ['dead-letters', 'list'],
  ]) {
    const { exit, stdout, stderr } = await migration.cli(...args)
    expect(exit, stdout + stderr).toBe(0)
    expectNoSecret(args.join(' '), stdout + stderr)
  }
  expect(role.log).toContain('kafka client')
  expectNoSecret('the log', role.log)
  expectNoSecret('the command line', readFileSync(`/proc/${role.pid}/cmdline`))
  const sides = [migration.source, ...migration.targets]
  for (const { client } of sides) {
    const { rows } = await client.query('SELECT application_name, query FROM pg_stat_activity')
    expectNoSecret('pg_stat_activity', JSON.stringify(rows))
  }
  for (const { client } of migration.targets) {
    const { rows } = await client.query(
      `SELECT query_to_xml('SELECT * FROM switchback.' || quote_ident(relname), true, true, '')::text AS rows
       FROM pg_class WHERE relnamespace = 'switchback'::regnamespace AND relkind = 'r'`,
    )
    expect(JSON.stringify(rows)).toContain(migration.name)
    expectNoSecret('the schema switchback', JSON.stringify(rows))
  }
  const segments = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.log'),
  )
  expect(segments.some(name => name.includes(`${migration.name}.public.t`))).toBe(true)
  for (const segment of segments) expectNoSecret(segment, readFileSync(join(data, segment)))
})

test('what listens is heard on this machine only, unless the configuration says otherwise', async () => {
  const migration = await openMigration({ kafka: broker, tables: 'CREATE TABLE t (id int PRIMARY KEY)' })
  const role = await migration.start('run')
  await expect.poll(() => role.isReady()).toBe(true)
  const addresses = listeningAddresses(role.pid)
  // Metrics and the embedded registry.
  expect(addresses).toEqual(['127.0.0.1', '127.0.0.1'])
})

test('a login that is refused shows its password to nobody, at any edge', async () => {
  const migration = await openLockedMigration()
  const { settings } = migration
  const edges: readonly (readonly [string, object, string])[] = [
    ['source', settings.source.postgres, 'postgres.auth'],
    ['target', settings.targets[0]?.postgres ?? {}, 'postgres.auth'],
    ['registry', settings.registry, 'registry.denied'],
    ['kafka', settings.kafka.sasl ?? {}, 'kafka.denied'],
    ['kafka, plain', settings.kafka.sasl ?? {}, 'kafka.denied'],
  ]
  for (const [edge, section, code] of edges) {
    const right = { ...section }
    Object.assign(section, { password: fileWith(wrong) })
    if (edge === 'kafka, plain') Object.assign(section, { mechanism: 'plain' })
    for (const args of [['check'], ['run', '--log-level', 'debug']]) {
      const { exit, stdout, stderr } = await migration.cli(...args)
      expectNoSecret(`${edge}: ${args.join(' ')}`, stdout + stderr)
      expect(stdout + stderr, `${edge}: ${args.join(' ')}`).toContain(code)
      expect(exit).not.toBe(0)
    }
    Object.assign(section, right)
  }
})
