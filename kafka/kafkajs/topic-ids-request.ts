import { apiKeys } from './internals.ts'
import type { Broker } from './internals.ts'
import { exchange } from './wire.ts'
import { WireReader } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** Version 10 is the first that tells ids (Kafka 2.8), and of the flexible kind: compact strings and arrays, tagged fields. */
const VERSION = 10
const NO_ID = Buffer.alloc(16)

export interface IdentifiedTopic {
  readonly topic: string
  readonly errorCode: number
  /** 32 hexadecimal digits; null: made by a cluster that was too old, and not upgraded since. */
  readonly id: string | null
}

/** The ids of these topics, which kafkajs does not ask for; null when the broker is too old to tell. */
export async function askTopicIds(
  broker: Broker,
  topics: readonly string[],
): Promise<readonly IdentifiedTopic[] | null> {
  if ((broker.versions?.[apiKeys.metadata]?.maxVersion ?? 0) < VERSION) return null
  const body = new WireWriter().int8(0).unsignedVarint(topics.length + 1)
  for (const topic of topics) body.raw(NO_ID).compactString(topic).int8(0)
  const response = await exchange(broker, {
    apiKey: apiKeys.metadata,
    apiVersion: VERSION,
    name: 'Metadata',
    // No topic is created by asking, and nobody's rights are asked for.
    body: body.int8(0).int8(0).int8(0).int8(0).parts(),
    connection: 0,
  })
  return readAnswer(new WireReader(response))
}

function readAnswer(reader: WireReader): readonly IdentifiedTopic[] {
  reader.skipTags().skip(4)
  reader.compactArray(() => reader.skip(4).skipCompact().skip(4).skipCompact().skipTags())
  // The name of the cluster, the number of its controller.
  reader.skipCompact().skip(4)
  return reader.compactArray(() => readTopic(reader))
}

function readTopic(reader: WireReader): IdentifiedTopic {
  const errorCode = reader.int16()
  const topic = reader.compactString()
  const id = reader.raw(NO_ID.length)
  reader.skip(1)
  reader.compactArray(() => skipPartition(reader))
  reader.skip(4).skipTags()
  return { topic, errorCode, id: id.equals(NO_ID) ? null : id.toString('hex') }
}

/** Its error, number, leader and epoch; then three lists of brokers. */
function skipPartition(reader: WireReader): void {
  reader.skip(2 + 4 + 4 + 4)
  for (let list = 0; list < 3; list++) reader.compactArray(() => reader.skip(4))
  reader.skipTags()
}
