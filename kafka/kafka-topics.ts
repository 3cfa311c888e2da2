import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import type { TopicSpec } from './log.ts'
import { patiently } from './patience.ts'

const TIMEOUT_MS = 30_000
const TOPIC_RESOURCE = 2
const POLL_MS = 20
const CLEANUP_POLICY = 'cleanup.policy'

/** Creates what is missing, checks what is there, and returns when every partition has a leader. */
export async function ensureTopics(
  brokers: Brokers,
  specs: readonly TopicSpec[],
  signal: AbortSignal,
): Promise<void> {
  for (const spec of specs) {
    const created = await patiently(`Creating ${spec.topic}`, () => create(brokers, spec), signal)
    await patiently(`Waiting for ${spec.topic}`, () => waitForLeaders(brokers, spec, signal), signal)
    if (!created) await patiently(`Checking ${spec.topic}`, () => check(brokers, spec), signal)
  }
}

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

async function create(brokers: Brokers, spec: TopicSpec): Promise<boolean> {
  const controller = await brokers.controller()
  try {
    await controller.createTopics({ topics: [topicRequest(spec)], timeout: TIMEOUT_MS })
    return true
  } catch (error) {
    if (kafkaErrorType(error) === 'TOPIC_ALREADY_EXISTS') return false
    throw error
  }
}

/** A topic as the broker is asked for it. */
export function topicRequest(spec: TopicSpec): object {
  const config = { ...spec.config, [CLEANUP_POLICY]: cleanupPolicy(spec) }
  return {
    topic: spec.topic,
    numPartitions: spec.partitions,
    replicationFactor: spec.replication,
    configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
  }
}

async function remove(brokers: Brokers, topic: string): Promise<void> {
  const controller = await brokers.controller()
  try {
    await controller.deleteTopics({ topics: [topic], timeout: TIMEOUT_MS })
  } catch (error) {
    if (kafkaErrorType(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
  }
}

async function waitForLeaders(brokers: Brokers, spec: TopicSpec, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  while (!(await hasLeaders(brokers, spec.topic))) {
    signal.throwIfAborted()
    if (performance.now() > deadline) {
      throw new MigrationError(
        'kafka.unreachable',
        `${spec.topic} has no leaders ${TIMEOUT_MS} ms after its creation`,
      )
    }
    await sleep(POLL_MS, signal)
  }
}

async function hasLeaders(brokers: Brokers, topic: string): Promise<boolean> {
  const { topicMetadata } = await brokers.metadata([topic])
  const partitions = topicMetadata.find(entry => entry.topic === topic && entry.topicErrorCode === 0)
  return (
    partitions !== undefined &&
    partitions.partitionMetadata.length > 0 &&
    partitions.partitionMetadata.every(({ leader }) => leader >= 0)
  )
}

async function check(brokers: Brokers, spec: TopicSpec): Promise<void> {
  const partitions = (await brokers.leaders(spec.topic, true)).length
  if (partitions !== spec.partitions) {
    throw mismatch(spec, `${partitions} partitions instead of ${spec.partitions}`)
  }
  const broker = await brokers.any()
  const { resources } = await broker.describeConfigs({
    resources: [{ type: TOPIC_RESOURCE, name: spec.topic, configNames: [CLEANUP_POLICY] }],
  })
  const found = resources[0]?.configEntries.find(entry => entry.configName === CLEANUP_POLICY)?.configValue
  if (found !== cleanupPolicy(spec))
    throw mismatch(spec, `cleanup policy ${found}, not ${cleanupPolicy(spec)}`)
}

function cleanupPolicy(spec: TopicSpec): string {
  return spec.compacted ? 'compact' : 'delete'
}

function mismatch(spec: TopicSpec, found: string): MigrationError {
  return new MigrationError('kafka.topic_mismatch', `The topic ${spec.topic} exists with ${found}`, {
    details: { topic: spec.topic },
  })
}
