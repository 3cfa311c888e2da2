import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { MigrationError } from '../../core/errors.ts'
import type { KafkaSasl } from '../kafka-options.ts'

/** What is used of kafkajs below its public interface, and nothing else. Everything here is pinned to one version. */
export const KAFKAJS_VERSION = '2.2.4'

const require = createRequire(import.meta.url)

/** Throws `kafka.client_version` unless kafkajs is the version whose internals are known. */
export function checkClientVersion(found: string): void {
  if (found === KAFKAJS_VERSION) return
  throw new MigrationError(
    'kafka.client_version',
    `kafkajs ${found} is installed, ${KAFKAJS_VERSION} is needed`,
  )
}

export interface Connection {
  /** None before the first connect. */
  socket: Socket | undefined
  clientId: string
  /** What was received of answers that are not complete. */
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect(): Promise<unknown>
  /** Takes what a socket has received. */
  processData(data: Buffer): void
  authenticate(): Promise<void>
  nextCorrelationId(): number
  requestQueue: RequestQueue
}

export interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly inflight: ReadonlyMap<number, SentRequest>
  /** What ends with `destroy`. */
  requestTimeoutIntervalId?: NodeJS.Timeout
  isConnected(): boolean
  push(request: QueuedRequest): void
  scheduleCheckPendingRequests(): void
  /** Begins to look for requests without an answer, when a connection is opened. */
  scheduleRequestTimeoutCheck(): void
  destroy(): void
}

interface SentRequest {
  readonly sentAt: number
  readonly requestTimeout: number
  timeoutRequest(): void
}

export interface QueuedRequest {
  entry: {
    apiKey: number
    apiName: string
    apiVersion: number
    correlationId: number
    resolve(response: { payload: Buffer }): void
    reject(error: unknown): void
  }
  expectResponse: true
  requestTimeout: null
  sendRequest(): void
}

export interface ConnectionPool {
  readonly pool: readonly Connection[]
  getConnection(index: number): Promise<Connection>
  send(protocol: ProtocolRequest): Promise<unknown>
}

export interface ProtocolRequest {
  request: unknown
  response: { decode(raw: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> }
}

interface TopicOffsets {
  topic: string
  partitions: { partition: number; offset: string }[]
}

/** kafkajs's Broker: a connected server with one method per request. Its errors have a `type`. */
export interface Broker {
  connectionPool: ConnectionPool
  versions: Record<number, { maxVersion: number }> | null
  lookupRequest(apiKey: number, definition: unknown): (parameters: object) => ProtocolRequest
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  findGroupCoordinator(request: {
    groupId: string
    coordinatorType: number
  }): Promise<{ coordinator: { nodeId: number; host: string; port: number } }>
  listOffsets(request: {
    isolationLevel: number
    topics: { topic: string; partitions: { partition: number; timestamp: number }[] }[]
  }): Promise<{ responses: TopicOffsets[] }>
  endTxn(request: {
    transactionalId: string
    producerId: bigint
    producerEpoch: number
    transactionResult: boolean
  }): Promise<unknown>
  createTopics(request: { topics: object[]; validateOnly?: boolean; timeout: number }): Promise<unknown>
  deleteTopics(request: { topics: string[]; timeout: number }): Promise<unknown>
  describeConfigs(request: { resources: { type: number; name: string; configNames: string[] }[] }): Promise<{
    resources: { resourceName: string; configEntries: { configName: string; configValue: string }[] }[]
  }>
  describeGroups(request: { groupIds: readonly string[] }): Promise<{
    groups: { members: { memberId: string }[] }[]
  }>
  deleteGroups(groupIds: string[]): Promise<{ results: { error?: Error }[] }>
  syncGroup(request: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: { memberId: string; memberAssignment: Buffer }[]
  }): Promise<{ memberAssignment: Buffer }>
  heartbeat(request: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(request: { groupId: string; memberId: string }): Promise<unknown>
  offsetCommit(request: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: TopicOffsets[]
  }): Promise<unknown>
}

/** A message of a login and how its answer is read. */
export type LoginStep = object

/** How kafkajs logs in with a mechanism, on a connection. */
export type Login = (connection: { saslAuthenticate(step: LoginStep): Promise<unknown> }) => {
  authenticate(): Promise<void>
}

type Logger = object
export type LogCreator = () => (entry: { level: number; log: Record<string, unknown> }) => void
type Constructor<Options, Instance> = new (options: Options) => Instance

interface Internals {
  readonly Broker: Constructor<object, Broker>
  readonly createLogger: (options: { level: number; logCreator: LogCreator }) => Logger
  readonly poolBuilder: (options: object) => {
    build(address?: { host: string; port: number }): Promise<ConnectionPool>
  }
  readonly requests: { readonly Metadata: unknown; readonly JoinGroup: unknown }
  /** By mechanism. */
  readonly logins: Readonly<Record<KafkaSasl['mechanism'], (user: object) => Login>>
  readonly errorFromCode: (code: number) => Error
  readonly assigner: {
    readonly MemberMetadata: {
      encode(metadata: { version: number; topics: readonly string[] }): Buffer
      decode(bytes: Buffer): { topics: string[] }
    }
    readonly MemberAssignment: {
      encode(assignment: { version: number; assignment: Record<string, number[]> }): Buffer
      decode(bytes: Buffer): { assignment: Record<string, number[]> } | null
    }
  }
}

/** Loads the internals. `require` gives `any`; the contract test holds every member against the interfaces above. */
function loadInternals(): Internals {
  const packageJson: { version: string } = require('kafkajs/package.json')
  checkClientVersion(packageJson.version)
  return {
    Broker: require('kafkajs/src/broker'),
    createLogger: require('kafkajs/src/loggers').createLogger,
    poolBuilder: require('kafkajs/src/cluster/connectionPoolBuilder'),
    requests: require('kafkajs/src/protocol/requests').requests,
    logins: {
      plain: require('kafkajs/src/broker/saslAuthenticator/plain'),
      'scram-sha-256': require('kafkajs/src/broker/saslAuthenticator/scram256'),
      'scram-sha-512': require('kafkajs/src/broker/saslAuthenticator/scram512'),
    },
    errorFromCode: require('kafkajs/src/protocol/error').createErrorFromCode,
    assigner: require('kafkajs/src/consumer/assignerProtocol'),
  }
}

export const kafkajs = loadInternals()

/** The request numbers of Kafka's protocol that are sent from here. */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  metadata: 3,
  joinGroup: 11,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  describeTransactions: 65,
} as const
