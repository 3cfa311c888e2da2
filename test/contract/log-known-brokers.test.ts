import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { Secret } from '../../core/secret.ts'
import { kafkaError } from '../../kafka/kafka-error.ts'
import type { KafkaOptions } from '../../kafka/kafka-options.ts'
import { Brokers } from '../../kafka/kafkajs/brokers.ts'
import { patiently } from '../../kafka/patience.ts'
import { freePort } from '../../stack/free-port.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

/** The broker tells its address by the listener that is asked: through OLD and NEW it is the same broker at two addresses. */
const listeners = { OLD: 'PLAINTEXT', NEW: 'PLAINTEXT', LOGIN: 'SASL_PLAINTEXT' } as const
const SASL_AUTHENTICATE = 36
const { signal } = new AbortController()

let server: KafkaServer
/** The address that the broker tells, for each listener. */
const told: Record<string, TcpProxy> = {}

beforeAll(async () => {
  const targets = Object.keys(listeners).map(name => ({ name, host: '127.0.0.1', port: 0 }))
  for (const target of targets) told[target.name] = await TcpProxy.open(target)
  const port = await freePort()
  const advertised = targets.map(({ name }) => `${name}://127.0.0.1:${told[name]?.port}`)
  const jaas = (module: string) => `org.apache.kafka.common.security.${module} required`
  server = await startKafka({
    port,
    listeners,
    heapMb: 256,
    users: { alice: 'right' },
    properties: {
      'advertised.listeners': [`PLAIN://127.0.0.1:${port}`, ...advertised].join(','),
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
      'listener.name.login.plain.sasl.jaas.config': `${jaas('plain.PlainLoginModule')} user_alice="right";`,
      'listener.name.login.scram-sha-256.sasl.jaas.config': `${jaas('scram.ScramLoginModule')};`,
    },
  })
  for (const target of targets) target.port = portOf(target.name)
})
afterAll(async () => {
  for (const proxy of Object.values(told)) await proxy.close()
  await server.stop()
})

const portOf = (listener: string) => Number(server.listeners[listener]?.split(':')[1])

/** What the client is given as the address of the cluster; leads to the listener until `target.port` is changed. */
async function openEntrance(listener: keyof typeof listeners) {
  const target = { host: '127.0.0.1', port: portOf(listener) }
  const proxy = await TcpProxy.open(target)
  onTestFinished(() => proxy.close())
  return { target, proxy, brokers: [`127.0.0.1:${proxy.port}`] }
}

function openBrokers(options: Omit<KafkaOptions, 'clientId'>): Brokers {
  const brokers = new Brokers({ ...options, clientId: 'known' })
  onTestFinished(() => {
    brokers.close()
  })
  return brokers
}

const coordinatorOf = (brokers: Brokers) =>
  patiently('Looking for a coordinator', () => brokers.coordinator('group', 'a group'), signal)

test('a coordinator that comes back under another address is found there', async () => {
  const { target, proxy, ...options } = await openEntrance('OLD')
  const brokers = openBrokers(options)
  const before = await coordinatorOf(brokers)
  target.port = portOf('NEW')
  proxy.cut()
  told['OLD']?.refuse()
  onTestFinished(() => told['OLD']?.admit())
  await vi.waitFor(() => expect(before.isConnected()).toBe(false))
  const after = await coordinatorOf(brokers)
  expect(after.isConnected()).toBe(true)
  expect(told['NEW']?.connections).toBe(1)
})

/** The messages that a login takes. */
const logins = [
  ['plain', 1],
  ['scram-sha-256', 2],
] as const

test.each(logins)(
  'a connection that breaks during a login by %s is no wrong password',
  async (mechanism, last) => {
    const { proxy, brokers } = await openEntrance('LOGIN')
    const sasl = { mechanism, username: 'alice', password: new Secret('right') }
    const known = openBrokers({ brokers, sasl })
    let sent = 0
    const lost = proxy.loseOn(bytes => bytes.readInt16BE(4) === SASL_AUTHENTICATE && ++sent === last)
    const asking = known.any().catch((error: unknown) => error)
    await lost
    proxy.cut()
    expect(kafkaError(await asking, 'Logging in').code).toBe('kafka.unreachable')
    expect((await known.any()).isConnected()).toBe(true)
  },
)

test.each(logins)('a wrong password is refused by %s', async mechanism => {
  const { brokers } = await openEntrance('LOGIN')
  const sasl = { mechanism, username: 'alice', password: new Secret('wrong') }
  const known = openBrokers({ brokers, sasl })
  const failure: unknown = await known.any().catch((error: unknown) => error)
  expect(kafkaError(failure, 'Logging in')).toMatchObject({
    code: 'kafka.denied',
    details: { kafkaError: 'SASL_AUTHENTICATION_FAILED' },
  })
})

test('brokers that are known are asked when no configured address answers', async () => {
  const { proxy, brokers } = await openEntrance('OLD')
  const known = openBrokers({ brokers })
  const before = await coordinatorOf(known)
  proxy.refuse()
  told['OLD']?.cut()
  await vi.waitFor(() => expect(before.isConnected()).toBe(false))
  expect((await coordinatorOf(known)).isConnected()).toBe(true)
})
