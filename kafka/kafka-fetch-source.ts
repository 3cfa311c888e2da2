import type { FetchSource } from './fetch-source.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { fetchFrom } from './kafkajs/fetch-request.ts'
import { readableRanges } from './partition-ranges.ts'

/** Record batches from Kafka. */
export function kafkaFetchSource(brokers: Brokers): FetchSource {
  return {
    leaders: (topics, fresh) => brokers.leaders(topics, fresh),
    ranges: (topics, fresh) => readableRanges(brokers, topics, fresh),
    fetch: async (nodeId, wanted, limits) => fetchFrom(await brokers.node(nodeId), wanted, limits),
    close: () => {
      brokers.close()
    },
  }
}
