import { MigrationError } from '../core/errors.ts'
import { sleep } from '../core/time.ts'
import { kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { kafkajs } from './kafkajs/internals.ts'
import type { TopicSpec } from './log.ts'
import { patiently } from './patience.ts'
import { cleanupPolicy, topicRequest } from './topic-request.ts'

const TIMEOUT_MS = 30_000
const TOPIC_RESOURCE = 2
const FIRST_POLL_MS = 20
/** Each look asks for all of the topics. */
const LAST_POLL_MS = 160
const CLEANUP_POLICY = 'cleanup.policy'
/** A cluster takes its time for each partition, and answers when all are made. */
const TOPICS_PER_REQUEST = 50

/** Creates what is missing, checks what is there, and returns when every partition has a leader. */
export async function ensureTopics(
  brokers: Brokers,
  specs: readonly TopicSpec[],
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < specs.length; from += TOPICS_PER_REQUEST)
    await ensureSome(brokers, specs.slice(from, from + TOPICS_PER_REQUEST), signal)
}

async function ensureSome(brokers: Brokers, specs: readonly TopicSpec[], signal: AbortSignal): Promise<void> {
  const names = specs.map(({ topic }) => topic).join(', ')
  // What a repeated request finds is perhaps what the one before has made: no matter, it passes the check.
  const present = await patiently(`Creating ${names}`, () => create(brokers, specs), signal)
  await patiently(`Waiting for ${names}`, () => waitForLeaders(brokers, specs, signal), signal)
  if (present.length > 0) await patiently(`Checking ${names}`, () => check(brokers, present), signal)
}

/** Gives those that existed. */
async function create(brokers: Brokers, specs: readonly TopicSpec[]): Promise<readonly TopicSpec[]> {
  const controller = await brokers.controller()
  try {
    await controller.createTopics({ topics: specs.map(topicRequest), timeout: TIMEOUT_MS })
    return []
  } catch (error) {
    const existing = existingIn(error)
    return specs.filter(({ topic }) => existing.has(topic))
  }
}

/** The topics of a refusal that says no more than that they exist; throws any other. */
function existingIn(error: unknown): ReadonlySet<string> {
  // The client's error for requests of which some parts failed.
  const refusals = (error as { readonly errors?: readonly (Error & { readonly topic?: string })[] }).errors
  if (refusals === undefined) throw error
  const other = refusals.find(refusal => kafkaErrorType(refusal) !== 'TOPIC_ALREADY_EXISTS')
  if (other !== undefined) throw other
  return new Set(refusals.flatMap(({ topic }) => topic ?? []))
}

async function waitForLeaders(
  brokers: Brokers,
  specs: readonly TopicSpec[],
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LAST_POLL_MS, pollMs * 2)) {
    const waiting = await withoutLeaders(brokers, specs)
    if (waiting === undefined) return
    signal.throwIfAborted()
    if (performance.now() > deadline) {
      throw new MigrationError(
        'kafka.unreachable',
        `${waiting} has no leaders ${TIMEOUT_MS} ms after its creation`,
      )
    }
    await sleep(pollMs, signal)
  }
}

/** One of the topics; undefined when all have their leaders. */
async function withoutLeaders(brokers: Brokers, specs: readonly TopicSpec[]): Promise<string | undefined> {
  const { topicMetadata } = await brokers.metadata(specs.map(({ topic }) => topic))
  const led = new Set(
    topicMetadata
      .filter(entry => entry.topicErrorCode === 0 && entry.partitionMetadata.length > 0)
      .filter(entry => entry.partitionMetadata.every(({ leader }) => leader >= 0))
      .map(({ topic }) => topic),
  )
  return specs.find(({ topic }) => !led.has(topic))?.topic
}

async function check(brokers: Brokers, specs: readonly TopicSpec[]): Promise<void> {
  const partitions = await partitionsOf(brokers, specs)
  const policies = await policiesOf(brokers, specs)
  for (const spec of specs) {
    const found = partitions.get(spec.topic)
    if (found !== spec.partitions) throw mismatch(spec, `${found} partitions instead of ${spec.partitions}`)
    const policy = policies.get(spec.topic)
    if (policy !== cleanupPolicy(spec))
      throw mismatch(spec, `cleanup policy ${policy}, not ${cleanupPolicy(spec)}`)
  }
}

async function partitionsOf(brokers: Brokers, specs: readonly TopicSpec[]): Promise<Map<string, number>> {
  const { topicMetadata } = await brokers.metadata(specs.map(({ topic }) => topic))
  const failed = topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0)
  if (failed !== undefined) throw kafkajs.errorFromCode(failed.topicErrorCode)
  return new Map(topicMetadata.map(({ topic, partitionMetadata }) => [topic, partitionMetadata.length]))
}

async function policiesOf(
  brokers: Brokers,
  specs: readonly TopicSpec[],
): Promise<Map<string, string | undefined>> {
  const configNames = [CLEANUP_POLICY]
  const broker = await brokers.any()
  const { resources } = await broker.describeConfigs({
    resources: specs.map(({ topic }) => ({ type: TOPIC_RESOURCE, name: topic, configNames })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      configEntries.find(({ configName }) => configName === CLEANUP_POLICY)?.configValue,
    ]),
  )
}

function mismatch(spec: TopicSpec, found: string): MigrationError {
  return new MigrationError('kafka.topic_mismatch', `The topic ${spec.topic} exists with ${found}`, {
    details: { topic: spec.topic },
  })
}
