import { Kafka, logLevel } from 'kafkajs'
import { untilReady } from '../until-ready.ts'

/**
 * Resolves when the broker serves everything our programs ask for: metadata, a group's coordinator and a transaction's coordinator.
 * A broker that answers metadata only would give the first caller "coordinator loading" errors.
 */
export async function brokerReady(broker: string, signal: AbortSignal): Promise<void> {
  const kafka = new Kafka({
    clientId: 'stack',
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    retry: { retries: 4, initialRetryTime: 20, maxRetryTime: 100 },
  })
  await untilReady(() => groupsWork(kafka), signal)
  await untilReady(() => transactionsWork(kafka), signal)
}

async function groupsWork(kafka: Kafka): Promise<void> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    await admin.fetchOffsets({ groupId: 'stack-ready' })
  } finally {
    await admin.disconnect()
  }
}

async function transactionsWork(kafka: Kafka): Promise<void> {
  const producer = kafka.producer({
    transactionalId: 'stack-ready',
    maxInFlightRequests: 1,
    idempotent: true,
  })
  try {
    // Takes a producer id, for which the coordinator must have loaded its log.
    await producer.connect()
  } finally {
    await producer.disconnect()
  }
}
