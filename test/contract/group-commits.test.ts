import { expect, test } from 'vitest'
import { KafkaMembership } from '../../kafka/kafka-membership.ts'
import { Brokers } from '../../kafka/kafkajs/brokers.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { newTopic, uniqueName } from '../support/log-subject.ts'
import { servers } from '../support/servers.ts'

test('a commit for a topic that the coordinator does not know says nothing about the topic', async () => {
  const options = { brokers: servers().kafka.brokers, clientId: 'contract' }
  const log = openKafkaLog(options)
  const topic = await newTopic(log)
  const brokers = new Brokers(options)
  const groupId = uniqueName('g')
  const membership = new KafkaMembership(brokers, () => new Brokers(options), {
    groupId,
    topics: [topic],
    maxBytes: 1,
  })
  const { signal } = new AbortController()
  expect(await membership.join(signal)).toEqual([{ topic, partition: 0 }])
  await membership.commit([{ topic, partition: 0, offset: 0n }])
  const unknown = { topic: uniqueName('unknown'), partition: 0, offset: 0n }
  await expect(membership.commit([unknown])).rejects.toMatchObject({ code: 'kafka.unreachable' })
  await membership.leave()
  expect(await log.deleteGroups([groupId])).toEqual([groupId])
  brokers.close()
  await log.close()
})
