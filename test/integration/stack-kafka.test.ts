import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { type KafkaOptions, type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { startTimeOf } from '../../stack/process-table.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

test('a broker serves transactions, groups and 64 MB records from its first moment, also after a crash', async () => {
  const server = await started()
  const topic = 'large'
  const kafka = clientOf(server.brokers)
  const admin = kafka.admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const configEntries = [{ name: 'max.message.bytes', value: String(100 * 1024 * 1024) }]
  await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] })
  await produceInTransaction(kafka, topic, Buffer.alloc(64 * 1024 * 1024, 'x'))
  const first = server.pid

  await server.kill()
  expect(startTimeOf(first)).toBeUndefined()
  await server.restart()

  await produceInTransaction(kafka, topic, Buffer.from('small'))
  // Two records, and the marker of each transaction.
  expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ high: '4' }])
})

test('a topic that was not made is not made by asking for it', async () => {
  const admin = clientOf(servers().kafka.brokers).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  await expect(admin.fetchTopicMetadata({ topics: ['never-made'] })).rejects.toMatchObject({
    type: 'UNKNOWN_TOPIC_OR_PARTITION',
  })
})

test('a listener with SASL lets in the user that was asked for and nobody else', async () => {
  const server = await started({
    listeners: { SECURE: 'SASL_PLAINTEXT' },
    users: { alice: 'right' },
    properties: {
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
      'listener.name.secure.scram-sha-256.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
  })
  const brokers = [server.listeners['SECURE'] ?? '']
  await expect(logIn(brokers, 'right')).resolves.toBeUndefined()
  await expect(logIn(brokers, 'wrong')).rejects.toMatchObject({ name: 'KafkaJSSASLAuthenticationError' })
})

async function started(options: KafkaOptions = {}): Promise<KafkaServer> {
  const server = await startKafka(options)
  onTestFinished(() => server.stop())
  return server
}

function clientOf(brokers: readonly string[]): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING })
}

async function produceInTransaction(kafka: Kafka, topic: string, value: Buffer): Promise<void> {
  const producer = kafka.producer({ transactionalId: 'writer', idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: [{ key: 'k', value }] })
  await transaction.commit()
  await producer.disconnect()
}

async function logIn(brokers: string[], password: string): Promise<void> {
  const admin = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    sasl: { mechanism: 'scram-sha-256', username: 'alice', password },
  }).admin()
  try {
    await admin.connect()
  } finally {
    await admin.disconnect()
  }
}
