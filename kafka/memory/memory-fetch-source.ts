import { sleep } from '../../core/time.ts'
import type { FetchAnswer, FetchLimits, FetchSource } from '../fetch-source.ts'
import { kafkajs } from '../kafkajs/internals.ts'
import type { Starting } from '../log.ts'
import type { MemoryCluster } from './memory-cluster.ts'

const OFFSET_OUT_OF_RANGE = 1

/** Record batches from memory; one node leads everything. */
export function memoryFetchSource(cluster: MemoryCluster): FetchSource {
  const waiting = new Set<AbortController>()
  return {
    leaders: async topics =>
      new Map(topics.map(topic => [topic, cluster.topic(topic).partitions.map(() => 0)])),
    ranges: async topics => cluster.ranges(topics),
    fetch: async (_nodeId, wanted, limits) => {
      const answer = read(cluster, wanted, limits)
      if (answer.failures.length > 0 || answer.answers.some(({ records }) => records.length > 0))
        return answer
      const ending = new AbortController()
      waiting.add(ending)
      await Promise.race([cluster.changed(), sleep(limits.maxWaitMs, ending.signal)])
      waiting.delete(ending)
      ending.abort()
      return read(cluster, wanted, limits)
    },
    close: () => {
      for (const ending of waiting) ending.abort()
    },
  }
}

function read(cluster: MemoryCluster, wanted: readonly Starting[], limits: FetchLimits): FetchAnswer {
  const answers: FetchAnswer['answers'][number][] = []
  const failures: FetchAnswer['failures'][number][] = []
  for (const from of wanted) {
    const answer = cluster.partition(from).read(from, limits.maxBytesPerPartition)
    if (answer === null) failures.push({ ...from, error: kafkajs.errorFromCode(OFFSET_OUT_OF_RANGE) })
    else answers.push(answer)
  }
  return { answers, failures }
}
