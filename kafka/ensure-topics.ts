import { MigrationError } from '../core/errors.ts'
import { kafkaErrorType } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { kafkajs } from './kafkajs/internals.ts'
import type { TopicSpec } from './log.ts'
import { askLeaders } from './partition-ranges.ts'
import { patienceMs, patiently } from './patience.ts'
import { cleanupPolicy, topicRequest } from './topic-request.ts'

const TIMEOUT_MS = 30_000
const TOPIC_RESOURCE = 2
const CLEANUP_POLICY = 'cleanup.policy'
/** A cluster takes its time for each partition, and answers when all are made. */
const TOPICS_PER_REQUEST = 50

/** Topics that were asked for together, and those of them that existed. */
interface Asked {
  readonly specs: readonly TopicSpec[]
  readonly present: readonly TopicSpec[]
}

/** Creates what is missing, checks what is there, and returns when every partition has a leader that answers for it. */
export async function ensureTopics(
  brokers: Brokers,
  specs: readonly TopicSpec[],
  signal: AbortSignal,
): Promise<void> {
  const asked: Asked[] = []
  // Leaders make their partitions while the next ones are asked for.
  for (let from = 0; from < specs.length; from += TOPICS_PER_REQUEST)
    asked.push(await ask(brokers, specs.slice(from, from + TOPICS_PER_REQUEST), signal))
  for (const some of asked) await confirm(brokers, some, signal)
}

async function ask(brokers: Brokers, specs: readonly TopicSpec[], signal: AbortSignal): Promise<Asked> {
  // What a repeated request finds is perhaps what the one before has made: no matter, it passes the check.
  const present = await patiently(`Creating ${namesOf(specs)}`, () => create(brokers, specs), signal)
  return { specs, present }
}

async function confirm(brokers: Brokers, { specs, present }: Asked, signal: AbortSignal): Promise<void> {
  const doing = `Waiting for ${namesOf(specs)}`
  await patiently(doing, () => lookForLeaders(brokers, specs), signal, leadersPatienceMs)
  if (present.length > 0)
    await patiently(`Checking ${namesOf(present)}`, () => check(brokers, present), signal)
}

function namesOf(specs: readonly TopicSpec[]): string {
  return specs.map(({ topic }) => topic).join(', ')
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

/** Each leader makes its partitions by itself. Until then it says that there are none, as if somebody had deleted them. */
async function lookForLeaders(brokers: Brokers, specs: readonly TopicSpec[]): Promise<void> {
  try {
    await askLeaders(
      brokers,
      specs.map(({ topic }) => topic),
    )
  } catch (cause) {
    if (kafkaErrorType(cause) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw cause
    const message = `Some partitions of ${namesOf(specs)} are not made yet`
    throw new MigrationError('kafka.unreachable', message, { cause })
  }
}

function leadersPatienceMs(error: MigrationError): number {
  return error.code === 'kafka.unreachable' ? TIMEOUT_MS : patienceMs(error)
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
