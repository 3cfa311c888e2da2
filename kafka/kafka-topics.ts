import { sleep } from '../core/time.ts'
import { kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
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

async function remove(brokers: Brokers, topic: string): Promise<void> {
  const controller = await brokers.controller()
  try {
    await controller.deleteTopics({ topics: [topic], timeout: TIMEOUT_MS })
  } catch (error) {
    if (kafkaErrorType(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
  }
}
