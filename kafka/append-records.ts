import type { Brokers } from './kafkajs/brokers.ts'
import type { EncodedRecords } from './log.ts'
import { sleep } from '../core/time.ts'
import { kafkaError, kafkaErrorType } from './kafka-error.ts'
import { checkSize, produceRecords } from './produce-records.ts'

/** The broker has refused the records as a whole, because it does not lead the partition, or not yet. */
const refusals = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION'])
const REFUSAL_WAIT_MS = 50
const REFUSAL_ATTEMPTS = 40
const never = new AbortController().signal

const NOBODY = { producerId: -1n, epoch: -1, firstSequence: -1, transactional: false }

/**
 * Appends records outside of transactions, once: without a producer id Kafka cannot tell a repetition from a new record,
 * so a lost answer is the caller's `kafka.unreachable`. Only a refusal is met with another attempt: nothing was appended.
 */
export async function appendRecords(brokers: Brokers, records: EncodedRecords): Promise<bigint> {
  checkSize(records)
  for (let attempt = 1; ; attempt++) {
    try {
      return await appendOnce(brokers, records)
    } catch (error) {
      if (attempt === REFUSAL_ATTEMPTS || !refusals.has(kafkaErrorType(error))) throw error
      await sleep(REFUSAL_WAIT_MS, never)
    }
  }
}

async function appendOnce(brokers: Brokers, records: EncodedRecords): Promise<bigint> {
  const doing = `Appending to ${records.topic}/${records.partition}`
  try {
    const request = { entries: [{ records, producer: NOBODY }], fresh: true }
    const { done, failure } = await produceRecords(brokers, null, request)
    if (failure !== null) throw failure.error
    return done[0]?.baseOffset ?? -1n
  } catch (error) {
    throw kafkaError(error, doing)
  }
}
