import { randomUUID } from 'node:crypto'
import { freePort } from '../free-port.ts'
import { type KafkaServer, startKafka } from './start-kafka.ts'

/** Starts a new, empty Kafka of several nodes, as `startKafka` starts one; each may be killed and brought back by itself. */
export async function startKafkaCluster(size: number): Promise<readonly KafkaServer[]> {
  const controllers: number[] = []
  while (controllers.length < size) controllers.push(await freePort())
  const clusterId = randomUUID()
  const started = await Promise.allSettled(
    controllers.map((_, index) =>
      startKafka({ heapMb: 256, place: { clusterId, node: index + 1, controllers } }),
    ),
  )
  const nodes = started.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = started.find(one => one.status === 'rejected')
  if (failed === undefined) return nodes
  await Promise.all(nodes.map(node => node.stop()))
  throw failed.reason
}
