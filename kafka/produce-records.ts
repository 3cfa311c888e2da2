import { MigrationError } from '../core/errors.ts'
import { BATCH_HEADER_BYTES } from './batch-header.ts'
import { groupBy } from './group-by.ts'
import { kafkaError } from './kafka-error.ts'
import type { Brokers } from './kafkajs/brokers.ts'
import { kafkajs } from './kafkajs/internals.ts'
import { produce } from './kafkajs/produce-request.ts'
import type { ProduceEntry, ProduceResult } from './kafkajs/produce-request.ts'
import type { EncodedRecords, TopicPartition } from './log.ts'

/**
 * A broker closes the connection on a request over `socket.request.max.bytes`, 100 MB by default, which looks like an
 * outage. So requests stay below that.
 */
const MAX_REQUEST_BYTES = 96 << 20
/** Batches for one leader go out together up to here; more are sent one request after the other. */
const WANTED_REQUEST_BYTES = 32 << 20
/** The broker already has this batch: an earlier request of ours arrived whose answer did not. */
const DUPLICATE_SEQUENCE = 46

/** Throws `kafka.record_too_large` for records that no request can hold. */
export function checkSize(records: EncodedRecords): void {
  if (records.bytes.length + BATCH_HEADER_BYTES <= MAX_REQUEST_BYTES) return
  throw tooLarge(records, `more than ${MAX_REQUEST_BYTES} bytes`)
}

/**
 * Sends each entry to its leader, leaders in parallel, each request once. Returns the results that are good and the
 * first failure; with idempotent producers the entries without result may be sent again as they are.
 */
export async function produceRecords(
  brokers: Brokers,
  transactionalId: string | null,
  request: { readonly entries: readonly ProduceEntry[]; readonly fresh: boolean },
): Promise<{
  readonly done: readonly ProduceResult[]
  readonly failure: { readonly error: unknown } | null
}> {
  const topics = [...new Set(request.entries.map(({ records }) => records.topic))]
  const leaders = await brokers.leaders(topics, request.fresh)
  const groups = [...groupBy(request.entries, ({ records }) => leaderOf(leaders, records))]
  const done: ProduceResult[] = []
  const settled = await Promise.allSettled(
    groups.map(async ([leader, group]) => {
      for (const chunk of chunks(group)) {
        const results = await produce(await brokers.node(leader), transactionalId, chunk)
        done.push(...results.filter(isGood))
        const failed = results.find(result => !isGood(result))
        if (failed !== undefined) throw failureOf(failed, chunk)
      }
    }),
  )
  const rejected = settled.find(result => result.status === 'rejected')
  return { done, failure: rejected === undefined ? null : { error: rejected.reason } }
}

function leaderOf(
  leaders: ReadonlyMap<string, readonly number[]>,
  { topic, partition }: TopicPartition,
): number {
  const leader = leaders.get(topic)?.[partition]
  if (leader !== undefined) return leader
  throw new MigrationError('kafka.topic_missing', `Kafka has no partition ${partition} of ${topic}`)
}

function isGood(result: ProduceResult): boolean {
  return result.errorCode === 0 || result.errorCode === DUPLICATE_SEQUENCE
}

function failureOf(result: ProduceResult, entries: readonly ProduceEntry[]): MigrationError {
  const error = kafkaError(
    kafkajs.errorFromCode(result.errorCode),
    `Writing to ${result.topic}/${result.partition}`,
  )
  const sent = entries.find(
    ({ records }) => records.topic === result.topic && records.partition === result.partition,
  )
  return error.code === 'kafka.record_too_large' && sent !== undefined
    ? tooLarge(sent.records, 'more than max.message.bytes of the topic')
    : error
}

function tooLarge(records: EncodedRecords, limit: string): MigrationError {
  const { topic, partition, count } = records
  const bytes = records.bytes.length
  return new MigrationError(
    'kafka.record_too_large',
    `A batch of ${count} records and ${bytes} bytes for ${topic}/${partition} is ${limit}`,
    { details: { topic, partition, count, bytes } },
  )
}

function* chunks(entries: readonly ProduceEntry[]): Generator<ProduceEntry[]> {
  let chunk: ProduceEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    bytes += entry.records.bytes.length
    if (chunk.length > 0 && bytes > WANTED_REQUEST_BYTES) {
      yield chunk
      chunk = []
      bytes = entry.records.bytes.length
    }
    chunk.push(entry)
  }
  if (chunk.length > 0) yield chunk
}
