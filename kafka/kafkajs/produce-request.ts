import { BATCH_HEADER_BYTES, sealBatch } from '../batch-header.ts'
import type { BatchProducer } from '../batch-header.ts'
import { groupBy } from '../group-by.ts'
import type { EncodedRecords, TopicPartition } from '../log.ts'
import { apiKeys } from './internals.ts'
import type { Broker } from './internals.ts'
import { exchange } from './wire.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

const ALL_REPLICAS = -1
const TIMEOUT_MS = 30_000

export interface ProduceEntry {
  readonly records: EncodedRecords
  readonly producer: BatchProducer
}

export interface ProduceResult extends TopicPartition {
  /** The broker's error number, 0 for none. */
  readonly errorCode: number
  readonly baseOffset: bigint
}

/** Sends batches to the broker that leads their partitions and waits until all replicas have them. */
export async function produce(
  broker: Broker,
  transactionalId: string | null,
  entries: readonly ProduceEntry[],
): Promise<ProduceResult[]> {
  const response = await exchange(broker, {
    apiKey: apiKeys.produce,
    apiVersion: 7,
    name: 'Produce',
    body: requestBody(transactionalId, entries),
    connection: 0,
  })
  const reader = new WireReader(response)
  return reader
    .array(() => {
      const topic = reader.string()
      return reader.array(() => readResult(reader, topic))
    })
    .flat()
}

function readResult(reader: WireReader, topic: string): ProduceResult {
  const result = { topic, partition: reader.int32(), errorCode: reader.int16(), baseOffset: reader.int64() }
  // Log append time and log start offset.
  reader.skip(16)
  return result
}

function requestBody(transactionalId: string | null, entries: readonly ProduceEntry[]): Buffer[] {
  const writer = new WireWriter()
  if (transactionalId === null) writer.int16(-1)
  else writer.string(transactionalId)
  writer.int16(ALL_REPLICAS).int32(TIMEOUT_MS)
  const byTopic = groupBy(entries, entry => entry.records.topic)
  writer.int32(byTopic.size)
  const nowMs = Date.now()
  for (const [topic, partitions] of byTopic) {
    writer.string(topic).int32(partitions.length)
    for (const { records, producer } of partitions) {
      writer.int32(records.partition).int32(BATCH_HEADER_BYTES + records.bytes.length)
      writer.raw(sealBatch(records, producer, nowMs)).raw(records.bytes)
    }
  }
  return writer.parts()
}
