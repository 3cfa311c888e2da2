import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { runToEnd } from '../launch.ts'
import { openServerHome, type ServerHome } from '../server-home.ts'
import { type SupervisedServer, supervise } from '../supervise.ts'
import { brokerJars } from './broker-jars.ts'
import { brokerProperties, type ClusterPlace, type ListenerProtocol } from './broker-properties.ts'
import { brokerReady } from './broker-ready.ts'

export interface KafkaOptions {
  /** The port of the plain listener; a free one by default. */
  readonly port?: number
  /** Alone by default. A node of several is ready once most of them have been started. */
  readonly place?: ClusterPlace
  /** Lines of server.properties that are added to ours or replace them. */
  readonly properties?: Readonly<Record<string, string | number>>
  /**
   * Listeners beside the plain one: name to protocol. Certificates and mechanisms come as `properties`, for example
   * `listener.name.<name in lower case>.ssl.keystore.type: 'PEM'`.
   */
  readonly listeners?: Readonly<Record<string, ListenerProtocol>>
  /** SCRAM-SHA-256 users of the SASL listeners: name to password. */
  readonly users?: Readonly<Record<string, string>>
  /** The most heap it takes, in MB: 768 by default. */
  readonly heapMb?: number
  /** Memory and garbage collection as Kafka's own start script has them, for measuring; otherwise it shall be small. */
  readonly isStandard?: boolean
}

/** How to reach a Kafka cluster without TLS and password. Plain data. */
export interface KafkaConnection {
  /** `host:port` each. */
  readonly brokers: readonly string[]
}

export interface KafkaServer extends KafkaConnection, SupervisedServer {
  /** `host:port` of the listeners that were asked for, by name. */
  readonly listeners: Readonly<Record<string, string>>
}

/** Of kafka-server-start.sh and kafka-run-class.sh. Collecting in one piece would make changes wait for a tenth of a second now and then. */
const standardMemory = [
  '-Xms1G',
  '-Xmx1G',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
]

// The broker shares few cores with what is tested beside it.
const oneCollector = '-XX:+UseSerialGC'

/** Starts a new, empty node of Kafka on free ports of 127.0.0.1 that dies with this process. Takes about five seconds. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaServer> {
  const classPath = `${await brokerJars()}/*`
  const home = openServerHome('kafka')
  try {
    const plainPort = options.port ?? (await freePort())
    const place = options.place ?? (await alone())
    const listeners = await withPorts(options.listeners ?? {})
    const file = join(home.folder, 'server.properties')
    const text = brokerProperties({
      folder: home.folder,
      place,
      plainPort,
      listeners,
      properties: options.properties ?? {},
    })
    await writeFile(file, text, { mode: 0o600 })
    await format(home, { classPath, file, clusterId: place.clusterId, users: options.users ?? {} })
    const broker = `127.0.0.1:${plainPort}`
    const server = await supervise(home, {
      command: java(classPath, memory(options), ['kafka.Kafka', file]),
      stopSignal: 'SIGTERM',
      ready: signal => brokerReady(broker, signal),
    })
    const addresses = Object.entries(listeners).map(
      ([name, { port }]) => [name, `127.0.0.1:${port}`] as const,
    )
    return Object.assign(server, { brokers: [broker], listeners: Object.fromEntries(addresses) })
  } catch (cause) {
    await home.remove()
    throw cause
  }
}

async function alone(): Promise<ClusterPlace> {
  return { clusterId: randomUUID(), node: 1, controllers: [await freePort()] }
}

async function withPorts(
  listeners: Readonly<Record<string, ListenerProtocol>>,
): Promise<Record<string, { protocol: ListenerProtocol; port: number }>> {
  const open: Record<string, { protocol: ListenerProtocol; port: number }> = {}
  for (const [name, protocol] of Object.entries(listeners)) open[name] = { protocol, port: await freePort() }
  return open
}

async function format(
  home: ServerHome,
  how: { classPath: string; file: string; clusterId: string; users: Readonly<Record<string, string>> },
): Promise<void> {
  const users = Object.entries(how.users).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-256=[name=${name},password=${password}]`,
  ])
  const storage = ['kafka.tools.StorageTool', 'format', '-t', how.clusterId, '-c', how.file, ...users]
  await runToEnd(home, java(how.classPath, [oneCollector, '-XX:TieredStopAtLevel=1'], storage))
}

function memory({ heapMb = 768, isStandard = false }: KafkaOptions): readonly string[] {
  return isStandard ? standardMemory : [oneCollector, '-Xms256m', `-Xmx${heapMb}m`]
}

function java(classPath: string, options: readonly string[], main: readonly string[]) {
  const always = [
    '-Xshare:auto',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    // A thread keeps the buffers of its largest request. If it did not, each part of one that arrives would cost one of its whole size.
    `-Djdk.nio.maxCachedBufferSize=${128 * 1024 * 1024}`,
  ]
  return { program: 'java', args: [...always, ...options, '-cp', classPath, ...main] }
}
