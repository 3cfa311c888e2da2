/** One node of a cluster, in which each is broker and controller. */
export interface ClusterPlace {
  readonly clusterId: string
  /** Counted from 1. */
  readonly node: number
  /** Ports of the controllers of all nodes, in their order. */
  readonly controllers: readonly number[]
}

/** What a broker's own server.properties depends on. */
export interface BrokerPlan {
  readonly folder: string
  readonly place: ClusterPlace
  /** Of the plain listener. */
  readonly plainPort: number
  /** Listeners beside the plain one, by name. */
  readonly listeners: Readonly<Record<string, { readonly protocol: ListenerProtocol; readonly port: number }>>
  readonly properties: Readonly<Record<string, string | number>>
}

/** How a listener that is not the plain one speaks. */
export type ListenerProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

// Rows of 64 MB grow by their envelope and their batch; a request grows a little more.
const largestBatchBytes = 100 * 1024 * 1024
const largestRequestBytes = 110 * 1024 * 1024

/** The text of server.properties for one node that is broker and controller. `plan.properties` win over ours. */
export function brokerProperties(plan: BrokerPlan): string {
  const lines = { ...oneNode(plan), ...copies(plan.place), ...limits, ...plan.properties }
  return Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function oneNode({ folder, place, plainPort, listeners }: BrokerPlan): Record<string, string | number> {
  const more = Object.entries(listeners)
  const addresses = [
    `PLAIN://127.0.0.1:${plainPort}`,
    ...more.map(([name, { port }]) => `${name}://127.0.0.1:${port}`),
  ]
  const protocols = [
    'PLAIN:PLAINTEXT',
    'CONTROLLER:PLAINTEXT',
    ...more.map(([name, { protocol }]) => `${name}:${protocol}`),
  ]
  const voters = place.controllers.map((controller, index) => `${index + 1}@127.0.0.1:${controller}`)
  return {
    'process.roles': 'broker,controller',
    'node.id': place.node,
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: [...addresses, `CONTROLLER://127.0.0.1:${place.controllers[place.node - 1]}`].join(','),
    'advertised.listeners': addresses.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'inter.broker.listener.name': 'PLAIN',
    'log.dirs': `${folder}/data`,
  }
}

/** With three nodes, one may be lost: what is written lies on all of them, and two must have it. */
function copies({ controllers }: ClusterPlace): Record<string, number> {
  const replication = Math.min(3, controllers.length)
  const mustHave = Math.max(1, replication - 1)
  return {
    'min.insync.replicas': mustHave,
    'offsets.topic.replication.factor': replication,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': mustHave,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': mustHave,
  }
}

const limits = {
  // Each keeps buffers of up to a whole request: all of them have to fit beside the heap.
  'num.network.threads': 2,
  'num.io.threads': 4,
  // Linux makes large pages for large files, two for each partition at its first write: a tenth of the file costs a tenth of that.
  'log.index.size.max.bytes': 1 << 20,
  // It is taken at the start, 128 MB by default, for logs of millions of keys.
  'log.cleaner.dedupe.buffer.size': 8 << 20,
  // Fewer files to open, and ready sooner; nothing here needs to be spread.
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'group.initial.rebalance.delay.ms': 0,
  // A killed broker is taken back only after its old session has ended: nine seconds by default.
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  'auto.create.topics.enable': 'false',
  'message.max.bytes': largestBatchBytes,
  'replica.fetch.max.bytes': largestBatchBytes,
  'socket.request.max.bytes': largestRequestBytes,
}
