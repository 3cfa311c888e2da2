import { Kafka, logLevel } from 'kafkajs'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { Log } from '../../kafka/log.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { newTopic, publish, records, uniqueName } from '../support/log-subject.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const hourMs = 3_600_000
const signal = new AbortController().signal
/** Of the machine, whatever `Date` says. */
const nowMs = () => performance.timeOrigin + performance.now()

let log: Log
beforeEach(() => {
  log = openKafkaLog({ brokers: servers().kafka.brokers, clientId: 'time' })
  onTestFinished(() => log.close())
  onTestFinished(() => void vi.useRealTimers())
})

/** When each batch was written, in hours before or after now. */
async function hoursOf(topic: string): Promise<number[]> {
  const hours: number[] = []
  await log.readToEnd(
    { topic, partition: 0, offset: 0n },
    ({ timestampMs }) => hours.push(Math.round(Math.abs(timestampMs - nowMs()) / hourMs)),
    signal,
  )
  return hours
}

function turnClock(hours: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: nowMs() + hours * hourMs })
}

test('records keep the time of Kafka, however wrong the clock of their writer is', async () => {
  const topic = await newTopic(log)
  onTestFinished(() => log.deleteTopics([topic]))
  for (const hours of [48, -400]) {
    turnClock(hours)
    await publish(log, topic, 'in a transaction')
    await log.append(records(topic, 0, 'alone'))
  }
  vi.useRealTimers()
  expect(await hoursOf(topic)).toEqual([0, 0, 0, 0])
})

test('a topic that keeps the time of writers is used as it is', async () => {
  const topic = uniqueName('time')
  const admin = new Kafka({ brokers: [...servers().kafka.brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const configEntries = [{ name: 'message.timestamp.type', value: 'CreateTime' }]
  await admin.createTopics({
    topics: [{ topic, numPartitions: 1, configEntries }],
    waitForLeaders: true,
  })
  await admin.disconnect()
  onTestFinished(() => log.deleteTopics([topic]))
  await log.ensureTopics([{ topic, partitions: 1, replication: 1, compacted: false, config: {} }])
  turnClock(-5)
  await publish(log, topic, 'a')
  vi.useRealTimers()
  expect(await hoursOf(topic)).toEqual([5])
  turnClock(48)
  await expect(publish(log, topic, 'b')).rejects.toMatchObject({
    code: 'kafka.failed',
    details: { kafkaError: 'INVALID_TIMESTAMP' },
  })
})
