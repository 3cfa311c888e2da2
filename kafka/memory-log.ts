import { MigrationError } from '../core/errors.ts'
import { MemberConsumer } from './group-consumer.ts'
import type { Log, TopicPartition } from './log.ts'
import { readToEnd } from './read-to-end.ts'
import { TransactionalWriter } from './transactional-writer.ts'
import { MemoryCluster } from './memory/memory-cluster.ts'
import { memoryFetchSource } from './memory/memory-fetch-source.ts'
import { beginMemorySession } from './memory/memory-producer-session.ts'

/** A log in memory, for tests. */
export interface MemoryLog extends Log {
  /** Drops what is before an offset, as retention does. */
  trim(partition: TopicPartition, offset: bigint): void
}

const NOBODY = { producerId: -1n, epoch: -1, firstSequence: -1, transactional: false }

/** Opens a log on a cluster in memory; logs on the same cluster see each other. Nothing is ever compacted. */
export function openMemoryLog(cluster = new MemoryCluster()): MemoryLog {
  const source = memoryFetchSource(cluster)
  return {
    ensureTopics: async topics => {
      for (const spec of topics) cluster.create(spec)
    },
    topics: async prefix => [...cluster.topics.keys()].filter(topic => topic.startsWith(prefix)).toSorted(),
    ranges: async topics => cluster.ranges(topics),
    topicIds: async topics => cluster.ids(topics),
    deleteTopics: async topics => {
      for (const topic of topics) cluster.topics.delete(topic)
    },
    ...groupsOf(cluster),
    writer: async transactionalId =>
      new TransactionalWriter(beginMemorySession(cluster, transactionalId), 'none'),
    append: async records => {
      cluster.checkSize(records)
      const offset = cluster.partition(records).append(records, NOBODY, Date.now())
      cluster.wake()
      return offset
    },
    readToEnd: (from, deliver, signal) => readToEnd(source, from, deliver, signal),
    consumer: options =>
      new MemberConsumer(
        () => ({
          membership: cluster.group(options.groupId).member(options),
          source: memoryFetchSource(cluster),
        }),
        options,
      ),
    close: async () => {
      source.close()
    },
    trim: (partition, offset) => {
      cluster.partition(partition).trim(offset)
      cluster.wake()
    },
  }
}

function groupsOf(cluster: MemoryCluster): Pick<Log, 'deleteGroups' | 'dismissMembers'> {
  return {
    deleteGroups: async groups => groups.filter(group => deleteGroup(cluster, group)),
    dismissMembers: async group => cluster.groups.get(group)?.dismissMembers() ?? 0,
  }
}

function deleteGroup(cluster: MemoryCluster, id: string): boolean {
  if ((cluster.groups.get(id)?.size ?? 0) > 0) {
    throw new MigrationError('kafka.unreachable', `The group ${id} still has members`)
  }
  return cluster.groups.delete(id)
}
