import type { Brokers } from './kafkajs/brokers.ts'
import type { EncodedRecords } from './log.ts'
import { kafkaError } from './kafka-error.ts'
import { checkSize, produceRecords } from './produce-records.ts'

const NOBODY = { producerId: -1n, epoch: -1, firstSequence: -1, transactional: false }

/**
 * Appends records outside of transactions, once: without a producer id Kafka cannot tell a repetition from a new record,
 * so a lost answer is the caller's `kafka.unreachable`.
 */
export async function appendRecords(brokers: Brokers, records: EncodedRecords): Promise<bigint> {
  checkSize(records)
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
