import type { AbortedTransaction, PartitionAnswer } from '../committed-batches.ts'
import type { FetchAnswer, FetchLimits, PartitionFailure } from '../fetch-source.ts'
import type { Starting } from '../log.ts'
import { partitionId } from '../partition-id.ts'
import { apiKeys, kafkajs } from './internals.ts'
import type { Broker } from './internals.ts'
import { exchange } from './wire.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

const CONSUMER = -1
const READ_COMMITTED = 1
const NO_SESSION_EPOCH = -1
const UNKNOWN_EPOCH = -1
/** From 11 on every replica serves consumers: one that has lost its leader would be read on, and end silently. */
const VERSION = 10

/** Fetches committed records from their leader. */
export async function fetchFrom(
  broker: Broker,
  wanted: readonly Starting[],
  limits: FetchLimits,
): Promise<FetchAnswer> {
  const response = await exchange(broker, {
    apiKey: apiKeys.fetch,
    apiVersion: VERSION,
    name: 'Fetch',
    body: requestBody(wanted, limits),
    connection: 1,
  })
  return readAnswer(response, wanted)
}

function requestBody(wanted: readonly Starting[], limits: FetchLimits): Buffer[] {
  const writer = new WireWriter()
  writer.int32(CONSUMER).int32(limits.maxWaitMs).int32(1).int32(limits.maxBytes)
  writer.int8(READ_COMMITTED).int32(0).int32(NO_SESSION_EPOCH)
  writer.int32(wanted.length)
  // A topic may appear more than once: the order of partitions is the caller's.
  for (const { topic, partition, offset } of wanted) {
    writer.string(topic).int32(1)
    writer.int32(partition).int32(UNKNOWN_EPOCH).int64(offset).int64(-1n).int32(limits.maxBytesPerPartition)
  }
  return writer.int32(0).parts()
}

function readAnswer(response: Buffer, wanted: readonly Starting[]): FetchAnswer {
  const reader = new WireReader(response).skip(4)
  const requestError = reader.int16()
  if (requestError !== 0) throw kafkajs.errorFromCode(requestError)
  reader.skip(4)
  const answers: PartitionAnswer[] = []
  const failures: PartitionFailure[] = []
  const byPlace = new Map(wanted.map(entry => [partitionId(entry), entry]))
  reader.array(() => {
    const topic = reader.string()
    reader.array(() => {
      const { errorCode, answer } = readPartition(reader, topic)
      const asked = byPlace.get(partitionId(answer))
      if (asked === undefined) return
      if (errorCode !== 0) failures.push({ ...asked, error: kafkajs.errorFromCode(errorCode) })
      else answers.push({ ...answer, fetchOffset: asked.offset })
    })
  })
  return { answers, failures }
}

function readPartition(reader: WireReader, topic: string) {
  const partition = reader.int32()
  const errorCode = reader.int16()
  // Its ends and its start.
  reader.skip(24)
  const aborted = reader.array<AbortedTransaction>(() => ({
    producerId: reader.int64(),
    firstOffset: reader.int64(),
  }))
  const records = reader.bytes()
  return { errorCode, answer: { topic, partition, aborted, records } }
}
