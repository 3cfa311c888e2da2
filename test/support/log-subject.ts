import { randomUUID } from 'node:crypto'
import { Kafka, logLevel } from 'kafkajs'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { EncodedRecords, Log, Starting, TopicPartition } from '../../kafka/log.ts'
import { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { RecordCursor } from '../../kafka/record-cursor.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { servers } from './servers.ts'

/** A log to be held against its contract, and what only a test may do to it. */
export interface LogSubject {
  /** Longer than it waits for a member that is silent. */
  readonly silenceMs: number
  /** A further log on the same cluster, as another process would have. */
  open(): Log
  /** Drops what is before an offset, as retention does. */
  trim(partition: TopicPartition, offset: bigint): Promise<void>
}

function memorySubject(): LogSubject {
  const cluster = new MemoryCluster()
  const log = openMemoryLog(cluster)
  return {
    silenceMs: 50,
    open: () => openMemoryLog(cluster),
    trim: async (partition, offset) => {
      log.trim(partition, offset)
    },
  }
}

function kafkaSubject(): LogSubject {
  const { brokers } = servers().kafka
  return {
    silenceMs: 12_000,
    open: () => openKafkaLog({ brokers, clientId: 'contract' }),
    trim: async ({ topic, partition }, offset) => {
      const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
      await admin.connect()
      // kafkajs deletes only in topics whose leaders it has looked up.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: offset.toString() }] })
      await admin.disconnect()
    },
  }
}

/** The logs that must behave alike, for `describe.each`. */
export const logSubjects: readonly (readonly [string, () => LogSubject])[] = [
  ['in memory', memorySubject],
  ['on Kafka', kafkaSubject],
]

export const uniqueName = (what: string): string => `${what}-${randomUUID().slice(0, 8)}`

/** Records with these values, each under the key `k`. */
export function records(topic: string, partition: number, ...values: (string | Buffer)[]): EncodedRecords {
  const writer = new RecordBatchWriter()
  for (const value of values) writer.append(recordSpan(Buffer.from('k'), Buffer.from(value)), null)
  return writer.encoded(topic, partition)
}

/** Creates a topic that is not compacted. */
export async function newTopic(
  log: Log,
  partitions = 1,
  config: Record<string, string> = {},
): Promise<string> {
  const topic = uniqueName('contract')
  await log.ensureTopics([{ topic, partitions, replication: 1, compacted: false, config }])
  return topic
}

/** Publishes values to partition 0 in a transaction of their own. */
export async function publish(log: Log, topic: string, ...values: string[]): Promise<void> {
  const writer = await log.writer(uniqueName('writer'))
  await writer.transaction(tx => tx.publish([records(topic, 0, ...values)]))
  await writer.close()
}

/** The committed values of a partition from an offset on, and the end. */
export async function readValues(
  log: Log,
  topic: string,
  from: Partial<Starting> = {},
): Promise<{ values: string[]; offsets: bigint[]; end: bigint }> {
  const cursor = new RecordCursor()
  const values: string[] = []
  const offsets: bigint[] = []
  const end = await log.readToEnd(
    { topic, partition: 0, offset: 0n, ...from },
    batch => {
      cursor.open(batch)
      while (cursor.next()) {
        values.push(cursor.bytes.toString('utf8', cursor.valueStart, cursor.valueEnd))
        offsets.push(cursor.offset)
      }
    },
    AbortSignal.timeout(60_000),
  )
  return { values, offsets, end }
}
