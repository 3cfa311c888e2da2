import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { KafkaClientLog, KafkaOptions, KafkaTls } from '../../kafka/kafka-options.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { newAuthority } from '../support/certificates.ts'
import { newTopic, publish, readValues } from '../support/log-subject.ts'
import { askingForCertificates, tlsListener } from '../support/tls-listener.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchback-kafka-tls-'))
const authority = newAuthority('authority of the cluster')
const stranger = newAuthority('authority of the cluster')
const here = { commonName: 'broker', hosts: ['127.0.0.1'] }
const elsewhere = { commonName: '127.0.0.1', hosts: ['localhost', '127.0.0.2'] }
const yesterday = new Date(Date.now() - 60_000)
/** One listener for each certificate that a broker may show. */
const certificates = {
  TRUSTED: authority.issue(here),
  ELSEWHERE: authority.issue(elsewhere),
  EXPIRED: authority.issue({ ...here, until: yesterday }),
  STRANGER: stranger.issue(here),
  MUTUAL: authority.issue(here),
  LOGIN: authority.issue(here),
}

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'

let server: KafkaServer

beforeAll(async () => {
  const shown = Object.entries(certificates).map(([name, certified]) => tlsListener(folder, name, certified))
  const protocols = Object.keys(certificates).map(name => [name, name === 'LOGIN' ? 'SASL_SSL' : 'SSL'])
  server = await startKafka({
    heapMb: 256,
    listeners: { ...Object.fromEntries(protocols), OPEN: 'SASL_PLAINTEXT' },
    users: { alice: 'right' },
    properties: {
      ...Object.assign({}, ...shown),
      ...askingForCertificates(folder, 'MUTUAL', authority.cert),
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
      'listener.name.login.scram-sha-256.sasl.jaas.config': scram,
      'listener.name.open.scram-sha-256.sasl.jaas.config': scram,
    },
  })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

type Listener = keyof typeof certificates

const sasl = (password: string) =>
  ({ mechanism: 'scram-sha-256', username: 'alice', password: new Secret(password) }) as const

function optionsOf(listener: Listener, tls: KafkaTls, password = 'right'): KafkaOptions {
  return {
    brokers: [server.listeners[listener] ?? ''],
    clientId: 'tls',
    tls,
    ...(listener === 'LOGIN' ? { sasl: sasl(password) } : {}),
  }
}

/** A login without encryption. */
function openOptions(password: string): KafkaOptions {
  return { brokers: [server.listeners['OPEN'] ?? ''], clientId: 'secured', sasl: sasl(password) }
}

/** `connected`, or the code and what the error tells of the reason. */
async function outcome(options: KafkaOptions): Promise<readonly unknown[]> {
  const log = openKafkaLog(options)
  try {
    await log.topics('')
    return ['connected']
  } catch (error) {
    if (error instanceof MigrationError) return [error.code, error.details['kafkaError']]
    throw error
  } finally {
    await log.close()
  }
}

const ca = authority.cert

test.each(['TRUSTED', 'MUTUAL', 'LOGIN'] as const)(
  'a log is written and read over TLS, listener %s',
  async listener => {
    const { cert, key } = authority.issue({ commonName: 'client' })
    const log = openKafkaLog(optionsOf(listener, { ca, cert, key: new Secret(key) }))
    onTestFinished(() => log.close())
    const topic = await newTopic(log)
    await publish(log, topic, 'a')
    expect((await readValues(log, topic)).values).toEqual(['a'])
  },
)

test('a broker whose authority is not known is refused at once', async () => {
  const unknown = ['kafka.tls', expect.stringMatching(/^(SELF_SIGNED|UNABLE_TO)_/)]
  expect(await outcome(optionsOf('TRUSTED', {}))).toEqual(unknown)
  expect(await outcome(optionsOf('TRUSTED', { ca: stranger.cert }))).toEqual(
    // The stranger has the authority's name, but not its key.
    ['kafka.tls', expect.stringMatching(/^(CERT_SIGNATURE_FAILURE|UNABLE_TO_.*)$/)],
  )
  expect(await outcome(optionsOf('STRANGER', { ca }))).toEqual([
    'kafka.tls',
    expect.stringMatching(/^(CERT_SIGNATURE_FAILURE|UNABLE_TO_.*)$/),
  ])
})

test('a certificate for another host is refused', async () => {
  expect(await outcome(optionsOf('ELSEWHERE', { ca }))).toEqual(['kafka.tls', 'ERR_TLS_CERT_ALTNAME_INVALID'])
})

test('a certificate that has expired is refused', async () => {
  expect(await outcome(optionsOf('EXPIRED', { ca }))).toEqual(['kafka.tls', 'CERT_HAS_EXPIRED'])
})

test('a broker that asks for a certificate refuses who has none, or one of somebody else', async () => {
  const { cert, key } = stranger.issue({ commonName: 'client' })
  expect((await outcome(optionsOf('MUTUAL', { ca })))[0]).toBe('kafka.tls')
  expect((await outcome(optionsOf('MUTUAL', { ca, cert, key: new Secret(key) })))[0]).toBe('kafka.tls')
})

test('a password is not sent before the broker has shown who it is, and a wrong one is kafka.denied', async () => {
  expect((await outcome(optionsOf('LOGIN', { ca: stranger.cert })))[0]).toBe('kafka.tls')
  expect((await outcome(optionsOf('LOGIN', { ca }, 'wrong')))[0]).toBe('kafka.denied')
})

test('a log is written and read with the right password', async () => {
  const log = openKafkaLog(openOptions('right'))
  onTestFinished(() => log.close())
  const topic = await newTopic(log)
  await publish(log, topic, 'a')
  expect((await readValues(log, topic)).values).toEqual(['a'])
})

test('a wrong password is kafka.denied at once, and shown to nobody', async () => {
  const entries: KafkaClientLog[] = []
  const log = openKafkaLog({ ...openOptions('wrong-password'), onClientLog: entry => entries.push(entry) })
  onTestFinished(() => log.close())
  const failure: unknown = await log.topics('').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(MigrationError)
  expect(failure).toMatchObject({ code: 'kafka.denied' })
  expect(entries.length).toBeGreaterThan(0)
  expect(JSON.stringify([failure, String(failure), entries])).not.toContain('wrong-password')
})
