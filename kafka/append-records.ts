import type { Brokers } from './kafkajs/brokers.ts'
import type { EncodedRecords } from './log.ts'
import type { MigrationError } from '../core/errors.ts'
import { kafkaErrorType } from './kafka-error.ts'
import { PATIENCE_MS, patiently } from './patience.ts'
import { checkSize, produceRecords } from './produce-records.ts'

/** The broker has refused the records as a whole, because it does not lead the partition, or not yet. */
const refusals = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION'])
const never = new AbortController().signal

const NOBODY = { producerId: -1n, epoch: -1, firstSequence: -1, transactional: false }

/**
 * Appends records outside of transactions, once: without a producer id Kafka cannot tell a repetition from a new record,
 * so a lost answer is the caller's `kafka.unreachable`. Only a refusal is met with another attempt: nothing was appended.
 */
export async function appendRecords(brokers: Brokers, records: EncodedRecords): Promise<bigint> {
  checkSize(records)
  const doing = `Appending to ${records.topic}/${records.partition}`
  return patiently(doing, () => appendOnce(brokers, records), never, refusalPatienceMs)
}

async function appendOnce(brokers: Brokers, records: EncodedRecords): Promise<bigint> {
  const request = { entries: [{ records, producer: NOBODY }], fresh: true }
  const { done, failure } = await produceRecords(brokers, null, request)
  if (failure !== null) throw failure.error
  return done[0]?.baseOffset ?? -1n
}

function refusalPatienceMs(error: MigrationError): number {
  return refusals.has(kafkaErrorType(error)) ? PATIENCE_MS : 0
}
