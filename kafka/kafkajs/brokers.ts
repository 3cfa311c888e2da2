import { MigrationError } from '../../core/errors.ts'
import { kafkaError } from '../kafka-error.ts'
import type { KafkaOptions } from '../kafka-options.ts'
import { apiKeys, kafkajs } from './internals.ts'
import type { Broker, ConnectionPool } from './internals.ts'
import { cleanConnects } from './clean-connects.ts'
import { clientOptions } from './client-options.ts'
import { abandon, quietQueues } from './quiet-queue.ts'
import { trackedSockets } from './sockets.ts'

interface Metadata {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[]
  readonly controllerId: number
  readonly topicMetadata: readonly {
    readonly topic: string
    readonly topicErrorCode: number
    readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
  }[]
}

const COORDINATORS = { group: 0, transaction: 1 } as const
const NEEDED_VERSIONS = [
  [apiKeys.produce, 7],
  [apiKeys.fetch, 10],
  [apiKeys.initProducerId, 3],
] as const

/** How long a broker may take to let us in: then there may be others. */
const greetingMs = 10_000

/**
 * The servers of one cluster: finds leaders and coordinators, opens connections. Built from kafkajs's broker and
 * connection objects; does not retry. Each writer and consumer has its own, so none waits behind another's requests.
 */
export class Brokers {
  readonly #sockets = trackedSockets()
  readonly #options: ReturnType<typeof clientOptions>
  readonly #pools: { build(address?: { host: string; port: number }): Promise<ConnectionPool> }
  readonly #nodes = new Map<number, { readonly address: string; readonly broker: Broker }>()
  readonly #leaders = new Map<string, readonly number[]>()
  #seed: Broker | null = null
  #seeding: Promise<Broker> | null = null
  readonly #connecting = new Map<Broker, Promise<Broker>>()

  constructor(options: KafkaOptions) {
    this.#options = clientOptions(options)
    this.#pools = kafkajs.poolBuilder({ ...this.#options, socketFactory: this.#sockets.open })
  }

  /** Any connected broker; otherwise one that is configured, or else one that is known. */
  async any(): Promise<Broker> {
    for (const { broker } of this.#nodes.values()) if (isUsable(broker)) return broker
    if (this.#seed !== null && isUsable(this.#seed)) return this.#seed
    this.#seeding ??= this.#connectSeed().finally(() => {
      this.#seeding = null
    })
    return this.#seeding
  }

  async #connectSeed(): Promise<Broker> {
    for (let left = this.#options.brokers.length; ; left--) {
      const seed = this.#broker(await this.#pools.build())
      try {
        this.#seed = await this.#connected(seed)
        return this.#seed
      } catch (error) {
        if (left <= 1) return this.#connectKnown(error)
      }
    }
  }

  /** All at once: those that do not answer take no longer together than one of them. What is configured has been asked. */
  async #connectKnown(failure: unknown): Promise<Broker> {
    const others = [...this.#nodes.values()].filter(({ address }) => !this.#options.brokers.includes(address))
    try {
      return await Promise.any(others.map(async ({ broker }) => this.#connected(broker)))
    } catch {
      throw failure
    }
  }

  /** The leader's node id for each partition of these topics; asks the cluster, once, for those that are unknown or, when `fresh`, for all. */
  async leaders(topics: readonly string[], fresh = false): Promise<ReadonlyMap<string, readonly number[]>> {
    if (fresh) for (const topic of topics) this.#leaders.delete(topic)
    const unknown = topics.filter(topic => !this.#leaders.has(topic))
    if (unknown.length > 0) await this.#askLeaders(unknown)
    return new Map(topics.map(topic => [topic, this.#leaders.get(topic) ?? []]))
  }

  async node(nodeId: number): Promise<Broker> {
    const node = this.#nodes.get(nodeId)
    if (node === undefined) {
      throw new MigrationError(
        'kafka.unreachable',
        `Kafka broker ${nodeId} is not known or has no leader now`,
      )
    }
    return this.#connected(node.broker)
  }

  /** The broker that keeps a consumer group or a transactional id. */
  async coordinator(kind: keyof typeof COORDINATORS, key: string): Promise<Broker> {
    const broker = await this.any()
    const request = { groupId: key, coordinatorType: COORDINATORS[kind] }
    const { coordinator } = await broker.findGroupCoordinator(request)
    const { nodeId, host, port } = coordinator
    if (this.#nodes.get(nodeId)?.address !== addressOf(host, port)) await this.metadata([])
    return this.node(nodeId)
  }

  /** The broker that creates and deletes topics. */
  async controller(): Promise<Broker> {
    const { controllerId } = await this.metadata([])
    return this.node(controllerId)
  }

  /** Asks for topics, all of them when the list is empty, and learns the brokers on the way. */
  async metadata(topics: readonly string[]): Promise<Metadata> {
    const broker = await this.any()
    const request = broker.lookupRequest(apiKeys.metadata, kafkajs.requests.Metadata)
    const { request: encoded, response } = request({ topics, allowAutoTopicCreation: false })
    // kafkajs fails the whole answer when one topic has an error; here each caller looks at its own topics.
    const unchecked = { ...response, parse: async (data: unknown) => data }
    // The decoder of the pinned kafkajs makes this shape.
    const metadata = (await broker.connectionPool.send({ request: encoded, response: unchecked })) as Metadata
    await this.#learn(metadata)
    return metadata
  }

  /** Ends all connections; requests under way are rejected. */
  close(): void {
    this.#sockets.destroy()
  }

  async #askLeaders(topics: readonly string[]): Promise<void> {
    const { topicMetadata } = await this.metadata(topics)
    const failed = topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0)
    if (failed !== undefined)
      throw kafkaError(kafkajs.errorFromCode(failed.topicErrorCode), `Looking at ${failed.topic}`)
    for (const { topic, partitionMetadata } of topicMetadata) {
      const leaders: number[] = []
      for (const { partitionId, leader } of partitionMetadata) leaders[partitionId] = leader
      this.#leaders.set(topic, leaders)
    }
  }

  async #learn(metadata: Metadata): Promise<void> {
    for (const { nodeId, host, port } of metadata.brokers) {
      const address = addressOf(host, port)
      if (this.#nodes.get(nodeId)?.address === address) continue
      this.#nodes.set(nodeId, { address, broker: this.#broker(await this.#pools.build({ host, port })) })
    }
  }

  #broker(connectionPool: ConnectionPool): Broker {
    return new kafkajs.Broker({
      connectionPool: cleanConnects(quietQueues(connectionPool)),
      logger: this.#options.logger,
      allowAutoTopicCreation: false,
    })
  }

  /** Whoever asks meanwhile shares the outcome: one after the other they would all wait for a broker that does not answer. */
  async #connected(broker: Broker): Promise<Broker> {
    if (isUsable(broker)) return broker
    let connecting = this.#connecting.get(broker)
    if (connecting === undefined) {
      connecting = this.#connect(broker).finally(() => this.#connecting.delete(broker))
      this.#connecting.set(broker, connecting)
    }
    return connecting
  }

  async #connect(broker: Broker): Promise<Broker> {
    // The system of a frozen broker takes connections, and nobody answers the first request, which has half a minute like all others.
    const late = setTimeout(() => abandon(broker.connectionPool), greetingMs)
    try {
      await broker.connect()
    } catch (error) {
      await broker.disconnect()
      throw error
    } finally {
      clearTimeout(late)
    }
    for (const [apiKey, version] of NEEDED_VERSIONS) {
      if ((broker.versions?.[apiKey]?.maxVersion ?? 0) >= version) continue
      throw new MigrationError('kafka.too_old', `The broker knows no version ${version} of request ${apiKey}`)
    }
    return broker
  }
}

/** kafkajs calls a broker connected as soon as its socket is; requests are possible once its versions are known. */
function isUsable(broker: Broker): boolean {
  return broker.isConnected() && broker.versions !== null
}

function addressOf(host: string, port: number): string {
  return `${host}:${port}`
}
