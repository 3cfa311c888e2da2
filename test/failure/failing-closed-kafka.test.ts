import type { Client } from 'pg'
import { Kafka, logLevel } from 'kafkajs'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RateLimit, unlimited } from '../../core/rate-limit.ts'
import { silent } from '../../core/telemetry.ts'
import { connect } from '../../databases/postgres/connect.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { Log } from '../../kafka/log.ts'
import { postgresSink } from '../../sinks/postgres/postgres-sink.ts'
import { sinkService } from '../../sinks/sink-service.ts'
import { baseType } from '../support/column-types.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { newTopic, records, uniqueName } from '../support/log-subject.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'
import { type SourceTable, SourceTopics } from '../support/source-topics.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const patience = { timeout: 60_000, interval: 50 }
const items = testTable('items', [column('id', baseType('int4')), column('note', baseType('text'))], ['id'])

let plain: Kafka
beforeAll(() => {
  plain = new Kafka({ brokers: [...servers().kafka.brokers], logLevel: logLevel.NOTHING })
})

let log: Log
let client: Client
let table: SourceTable
let topics: SourceTopics
let start: () => { ended: Promise<unknown>; stop: () => Promise<unknown> }

const changes = (note: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({
    op: 'u' as const,
    row: { id: String(from + index), note },
    partition: 0,
  }))

const notes = async () =>
  (await client.query(`SELECT note, count(*)::int AS n FROM items GROUP BY 1 ORDER BY 1`)).rows

/** Ten rows are in the target, and the sink is stopped. */
beforeEach(async () => {
  const migration = uniqueName('closed')
  log = openKafkaLog({ brokers: servers().kafka.brokers, clientId: 'closed' })
  onTestFinished(() => log.close())
  topics = new SourceTopics(log, migration)
  const connection = optionsOf(await freshDatabase(servers().target))
  client = await connect(connection)
  onTestFinished(() => client.end())
  onTestFinished(async () => {
    await log.deleteTopics(await log.topics(`${migration}.`))
    await log.deleteGroups([`${migration}.new`])
  })
  start = () => running(migration, connection)
  table = await onceLed(() => topics.table(items, 1))
  await onceLed(() =>
    topics.publish(
      table,
      changes('old', 0, 10).map(event => ({ ...event, op: 'c' })),
    ),
  )
  await applied()
})

async function applied(): Promise<void> {
  const sink = start()
  await expect.poll(() => notes().catch(() => []), patience).toEqual([{ note: 'old', n: 10 }])
  expect(await sink.stop()).toBeNull()
}

/** A topic that has just been made may have no leader for a moment, which then takes nothing. */
async function onceLed<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write()
    } catch (error) {
      if (!String(error).includes('NOT_LEADER')) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}

function running(migration: string, connection: ReturnType<typeof optionsOf>) {
  const sink = postgresSink({ name: 'new', migration, connection })
  const stop = new AbortController()
  const service = sinkService({
    migration,
    sink,
    log,
    decoder: topics.decoder,
    telemetry: silent,
    writers: 1,
    limits: { bytes: 1 << 20, events: 10_000 },
    limit: new RateLimit(unlimited),
    nowMs: Date.now,
  })
  const ended = service.run(stop.signal).then(
    () => null,
    (error: unknown) => error,
  )
  const end = async () => {
    stop.abort()
    const error = await ended
    await sink.close()
    return error
  }
  onTestFinished(async () => void (await end()))
  return { ended, stop: end }
}

async function withAdmin(work: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>): Promise<void> {
  const admin = plain.admin()
  await admin.connect()
  await work(admin)
  await admin.disconnect()
}

const madeAgain = {
  code: 'kafka.topic_missing',
  message: expect.stringContaining('was deleted and made again'),
}

/** Another topic of the same name, with so many events. */
async function makeAgain(count: number): Promise<void> {
  await log.deleteTopics([table.state.topic])
  await log.ensureTopics([{ ...again, topic: table.state.topic }])
  await onceLed(() => topics.publish(table, changes('new', 0, count)))
}

const again = { partitions: 1, replication: 1, compacted: false, config: {} }

describe('a sink halts, and writes nothing, when its topic', () => {
  test('was deleted', async () => {
    await log.deleteTopics([table.state.topic])
    expect(await start().ended).toMatchObject({ code: 'kafka.topic_missing' })
    expect(await notes()).toEqual([{ note: 'old', n: 10 }])
  })

  test.each([
    ['and holds less than before', 3],
    ['and was filled beyond the place where the sink goes on', 20],
  ])('was deleted and made again, %s', async (_, count) => {
    await makeAgain(count)
    expect(await start().ended).toMatchObject(madeAgain)
    expect(await notes()).toEqual([{ note: 'old', n: 10 }])
  })

  test('has lost what comes next to retention', async () => {
    await topics.publish(table, changes('new', 0, 3))
    await withAdmin(async admin => {
      // kafkajs deletes only in topics whose leaders it has looked up.
      await admin.fetchTopicOffsets(table.state.topic)
      await admin.deleteTopicRecords({
        topic: table.state.topic,
        partitions: [{ partition: 0, offset: '12' }],
      })
    })
    expect(await start().ended).toMatchObject({ code: 'kafka.offset_lost' })
    expect(await notes()).toEqual([{ note: 'old', n: 10 }])
  })

  test('got more partitions', async () => {
    await withAdmin(admin =>
      admin.createPartitions({ topicPartitions: [{ topic: table.state.topic, count: 2 }] }),
    )
    // The broker tells of them a moment after they were made.
    await expect.poll(() => log.ranges([table.state.topic]), patience).toHaveLength(2)
    expect(await start().ended).toMatchObject({
      code: 'kafka.topic_mismatch',
      message: expect.stringContaining('has more partitions than the 1 that the migration gave it'),
    })
    expect(await notes()).toEqual([{ note: 'old', n: 10 }])
  })

  test.each([
    ['garbage of somebody else', Buffer.from('garbage')],
    ['an event that breaks off', Buffer.from([0, 0, 0, 0, 2, 0])],
  ])('holds %s', async (_, value) => {
    await log.append(records(table.state.topic, 0, value))
    await topics.publish(table, changes('new', 0, 3))
    for (let count = 0; count < 2; count++)
      expect(await start().ended).toMatchObject({
        code: 'event.undecodable',
        details: { place: `${table.state.topic}/0@10` },
      })
    expect(await notes()).toEqual([{ note: 'old', n: 10 }])
  })
})

describe('a writer finds a topic deleted and made again', () => {
  test('before it commits to the new one', async () => {
    const topic = await newTopic(log)
    const writer = await log.writer(uniqueName('writer'))
    onTestFinished(() => writer.close())
    await writer.transaction(tx => tx.publish([records(topic, 0, 'a', 'b', 'c')]))
    await log.deleteTopics([topic])
    await log.ensureTopics([{ ...again, topic }])
    onTestFinished(() => log.deleteTopics([topic]))
    await expect(writer.transaction(tx => tx.publish([records(topic, 0, 'd')]))).rejects.toMatchObject(
      madeAgain,
    )
  })
})
