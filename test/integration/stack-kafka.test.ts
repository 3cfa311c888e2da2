import { Kafka, logLevel } from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { type KafkaOptions, type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { startTimeOf } from '../../stack/process-table.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { newTopic, publish, readValues, records, uniqueName } from '../support/log-subject.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

test('a broker serves transactions, groups and 64 MB records from its first moment, also after a crash', async () => {
  const server = await started()
  const log = openKafkaLog({ brokers: server.brokers, clientId: 'stack' })
  onTestFinished(() => log.close())
  const topic = await newTopic(log, 1, { 'max.message.bytes': String(100 * 1024 * 1024) })
  const writer = await log.writer(uniqueName('w'))
  const large = records(topic, 0, Buffer.alloc(64 * 1024 * 1024, 'x'))
  await writer.transaction(tx => tx.publish([large]))
  await writer.close()
  const first = server.pid

  await server.kill()
  expect(startTimeOf(first)).toBeUndefined()
  await server.restart()

  await publish(log, topic, 'small')
  // Two records, and the marker of each transaction.
  const after = await readValues(log, topic, { offset: 1n })
  expect(after).toEqual({ values: ['small'], offsets: [2n], end: 4n })
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
