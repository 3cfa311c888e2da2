import { groupBy } from '../group-by.ts'
import { kafkaError } from '../kafka-error.ts'
import type { TopicPartition } from '../log.ts'
import type { ProducerIdentity } from './init-producer-request.ts'
import { apiKeys, kafkajs } from './internals.ts'
import type { Broker } from './internals.ts'
import { exchange } from './wire.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** Nothing is wrong with this partition: another one is refused, and then none is added. */
const OPERATION_NOT_ATTEMPTED = 55

/** Makes partitions part of the producer's transaction. kafkajs throws the first code that it finds, which may say only that another one was refused. */
export async function addPartitions(
  broker: Broker,
  transactionalId: string,
  producer: ProducerIdentity,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const topics = groupBy(partitions, ({ topic }) => topic)
  const body = new WireWriter().string(transactionalId)
  body.int64(producer.producerId).int16(producer.epoch).int32(topics.size)
  for (const [topic, some] of topics) {
    body.string(topic).int32(some.length)
    for (const { partition } of some) body.int32(partition)
  }
  const response = await exchange(broker, {
    apiKey: apiKeys.addPartitionsToTxn,
    apiVersion: 1,
    name: 'AddPartitionsToTxn',
    body: body.parts(),
    connection: 0,
  })
  const refused = readAnswer(new WireReader(response)).filter(({ errorCode }) => errorCode !== 0)
  const refusal = refused.find(({ errorCode }) => errorCode !== OPERATION_NOT_ATTEMPTED) ?? refused[0]
  if (refusal === undefined) return
  const { topic, partition, errorCode } = refusal
  throw kafkaError(kafkajs.errorFromCode(errorCode), `Adding ${topic}/${partition} to a transaction`)
}

function readAnswer(reader: WireReader) {
  reader.skip(4)
  return reader
    .array(() => {
      const topic = reader.string()
      return reader.array(() => ({ topic, partition: reader.int32(), errorCode: reader.int16() }))
    })
    .flat()
}
