import { afterAll, beforeAll, expect, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import type { KafkaClientLog, KafkaOptions } from '../../kafka/kafka-options.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { type KafkaServer, startKafka } from '../../stack/kafka/start-kafka.ts'
import { newTopic, publish, readValues } from '../support/log-subject.ts'

let server: KafkaServer

beforeAll(async () => {
  server = await startKafka({
    listeners: { SECURE: 'SASL_PLAINTEXT' },
    users: { alice: 'right' },
    properties: {
      'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
      'listener.name.secure.scram-sha-256.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
  })
})
afterAll(() => server.stop())

function optionsOf(password: string): KafkaOptions {
  return {
    brokers: [server.listeners['SECURE'] ?? ''],
    clientId: 'secured',
    sasl: { mechanism: 'scram-sha-256', username: 'alice', password: new Secret(password) },
  }
}

test('a log is written and read with the right password', async () => {
  const log = openKafkaLog(optionsOf('right'))
  const topic = await newTopic(log)
  await publish(log, topic, 'a')
  expect((await readValues(log, topic)).values).toEqual(['a'])
  await log.close()
})

test('a wrong password is kafka.denied at once, and shown to nobody', async () => {
  const entries: KafkaClientLog[] = []
  const log = openKafkaLog({ ...optionsOf('wrong-password'), onClientLog: entry => entries.push(entry) })
  const failure: unknown = await log.topics('').catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(MigrationError)
  expect(failure).toMatchObject({ code: 'kafka.denied' })
  expect(entries.length).toBeGreaterThan(0)
  expect(JSON.stringify([failure, String(failure), entries])).not.toContain('wrong-password')
  await log.close()
})
