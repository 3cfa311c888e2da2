import { sleep } from '../core/time.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { kafkajs } from './kafkajs/internals.ts'
import { askTopicIds } from './kafkajs/topic-ids-request.ts'
import { patiently } from './patience.ts'

const TIMEOUT_MS = 30_000
const POLL_MS = 20

/** Deletes topics; one that does not exist is as good as deleted. Returns when none is listed any more. */
export async function deleteTopics(
  brokers: Brokers,
  topics: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const topic of topics) {
    await patiently(`Deleting ${topic}`, () => remove(brokers, topic), signal)
  }
  while ((await topicNames(brokers, signal)).some(topic => topics.includes(topic)))
    await sleep(POLL_MS, signal)
}

/** All topics of the cluster. */
export async function topicNames(brokers: Brokers, signal: AbortSignal): Promise<string[]> {
  const { topicMetadata } = await patiently('Listing topics', () => brokers.metadata([]), signal)
  return topicMetadata.map(({ topic }) => topic)
}

/** The ids of these topics, as far as Kafka tells them. */
export async function topicIds(
  brokers: Brokers,
  topics: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  if (topics.length === 0) return ids
  for (const { topic, errorCode, id } of (await askTopicIds(await brokers.any(), topics)) ?? []) {
    const error = errorCode === 0 ? null : kafkajs.errorFromCode(errorCode)
    if (error !== null && !isUnknownTopic(error)) throw kafkaError(error, `Looking at ${topic}`)
    if (error === null && id !== null) ids.set(topic, id)
  }
  return ids
}

async function remove(brokers: Brokers, topic: string): Promise<void> {
  const controller = await brokers.controller()
  try {
    await controller.deleteTopics({ topics: [topic], timeout: TIMEOUT_MS })
  } catch (error) {
    if (!isUnknownTopic(error)) throw error
  }
}

function isUnknownTopic(error: unknown): boolean {
  return kafkaErrorType(error) === 'UNKNOWN_TOPIC_OR_PARTITION'
}
