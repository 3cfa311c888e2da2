import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { checkKafka } from '../../control/check-kafka.ts'
import { drop, type DropOutcome, dropGroups, dropTopics } from '../../control/drop.ts'
import { dropTarget } from '../../control/drop-target.ts'
import { StatusReader } from '../../control/status-reader.ts'
import { silent } from '../../core/telemetry.ts'
import { connect } from '../../databases/postgres/connect.ts'
import { kafkaOptions } from '../../control/kafka-options.ts'
import type { Log } from '../../kafka/log.ts'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import type { MigrationConfig } from '../../schemas/config/migration-config.ts'
import { parseConfig } from '../../schemas/config/parse-config.ts'
import { encodeState } from '../../schemas/state-records.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const signal = new AbortController().signal

interface Where {
  readonly targetPort?: number
  readonly replication?: number
}

async function someMigration({ targetPort, replication = 1 }: Where = {}) {
  const migration = `c${randomBytes(5).toString('hex')}`
  const { kafka, target } = servers()
  const database = await freshDatabase(target)
  const { host, port, user, password } = target
  const server = { host, port: targetPort ?? port, database: database.name, user, password: { env: 'P' } }
  const config = parseConfig(
    JSON.stringify({
      migration,
      source: { postgres: server, tables: { include: ['public.*'] } },
      targets: [{ name: 'new', postgres: server }],
      kafka: { brokers: kafka.brokers, partitions: 2, replication },
    }),
    { P: password },
    () => '',
  )
  const log = openKafkaLog(kafkaOptions(config, 'test', silent))
  onTestFinished(() => log.close())
  return { migration, config, log, database }
}

function readerOf(config: MigrationConfig, log: Log): StatusReader {
  const reader = new StatusReader(config, log)
  onTestFinished(() => reader.close())
  return reader
}

test('the status of a migration that was never started is empty, and nothing is unreachable', async () => {
  const { config, log } = await someMigration()
  expect(await readerOf(config, log).read(true, signal)).toMatchObject({
    position: null,
    tables: [],
    targets: [{ name: 'new', appliedEvents: 0, lagEvents: 0, lagSeconds: 0, parked: 0 }],
    unreachable: [],
  })
})

test('the status says what it could not reach, and shows the rest', async () => {
  const { config, log } = await someMigration({ targetPort: 1 })
  const status = await readerOf(config, log).read(false, signal)
  expect(status.targets).toEqual([])
  expect(status.unreachable).toEqual([
    expect.objectContaining({ part: 'target new', code: 'postgres.unreachable' }),
  ])
})

test('the status shows tables and their snapshots as the state topic has them', async () => {
  const { config, log, migration } = await someMigration()
  const topic = stateTopic(migration)
  await log.ensureTopics([{ topic, partitions: 1, replication: 1, compacted: true, config: {} }])
  const events = `${migration}.public.orders`
  await log.ensureTopics([{ topic: events, partitions: 2, replication: 1, compacted: false, config: {} }])
  onTestFinished(() => log.deleteTopics([topic, events]))
  const table = { schema: 'public', name: 'orders' }
  const schema = {
    table,
    columns: [],
    key: [],
    identity: 'default',
    requires: [],
    primaryKey: null,
    secondary: [],
  } as const
  await log.append(
    encodeState(topic, [
      { kind: 'connector', format: 1, position: { lineage: 'l', order: '00ff', token: '' }, invisible: [] },
      { kind: 'table', format: 1, schema, topic: events, partitions: 2, keySchemaId: null, valueSchemaId: 1 },
      {
        kind: 'snapshot',
        format: 1,
        table,
        progress: { phase: 'scanning', since: '0' },
        estimatedRows: 9,
        rows: 4,
        chunks: 2,
      },
    ]),
  )
  await log.append({ ...encodeState(events, [{ kind: 'forget', key: 'any record' }]), partition: 1 })
  const reader = readerOf(config, log)
  const status = await reader.read(true, signal)
  expect(status).toMatchObject({
    position: '00ff',
    tables: [
      { table: 'public.orders', topic: events, snapshot: 'scanning', rows: 4, chunks: 2, estimatedRows: 9 },
    ],
    targets: [{ lagEvents: 1 }],
  })
  // The record is a moment old and gets older while nobody applies it.
  const first = status.targets[0]?.lagSeconds ?? 0
  await expect
    .poll(async () => (await reader.read(true, signal)).targets[0]?.lagSeconds)
    .toBeGreaterThan(first)
})

test('the status of a migration that was dropped and started again is that of the new one', async () => {
  const { config, log, migration } = await someMigration()
  const topic = stateTopic(migration)
  const reader = readerOf(config, log)
  const started = (order: string, records: number) =>
    startedAt(log, topic, Array<string>(records).fill(order))
  await started('00aa', 3)
  expect(await reader.read(false, signal)).toMatchObject({ position: '00aa' })
  await log.deleteTopics([topic])
  await started('00bb', 1)
  await expect.poll(async () => (await reader.read(false, signal)).position, { timeout: 30_000 }).toBe('00bb')
  await log.deleteTopics([topic])
  // A broker may answer for the topic a little longer.
  await expect.poll(() => reader.read(false, signal)).toMatchObject({ position: null, unreachable: [] })
})

async function startedAt(log: Log, topic: string, orders: readonly string[]): Promise<void> {
  await log.ensureTopics([{ topic, partitions: 1, replication: 1, compacted: true, config: {} }])
  for (const order of orders) {
    const position = { lineage: 'l', order, token: '' }
    await log.append(encodeState(topic, [{ kind: 'connector', format: 1, position, invisible: [] }]))
  }
}

test('the check of Kafka creates nothing', async () => {
  const { config, log, migration } = await someMigration()
  expect(await checkKafka(config, kafkaOptions(config, 'check', silent), signal)).toEqual([])
  expect(await log.topics(migration)).toEqual([])
})

test('the check of Kafka finds a replication that the cluster cannot give', async () => {
  const { config } = await someMigration({ replication: 7 })
  const findings = await checkKafka(config, kafkaOptions(config, 'check', silent), signal)
  // The registry's topic may be there already.
  const own = findings.filter(({ subject }) => subject !== '_schemas')
  expect(own.map(({ severity, code }) => [severity, code])).toEqual([
    ['error', 'kafka.topic_refused'],
    ['error', 'kafka.topic_refused'],
  ])
})

test('drop removes topics and progress, says so, and says the second time that they are gone', async () => {
  const { log, migration, database } = await someMigration()
  await log.ensureTopics([
    { topic: `${migration}.state`, partitions: 1, replication: 1, compacted: true, config: {} },
  ])
  const session = await connect(optionsOf(database))
  await session.query(`
    CREATE SCHEMA switchback;
    CREATE TABLE switchback.progress (migration text, topic text);
    INSERT INTO switchback.progress VALUES ('${migration}', 'a'), ('other', 'a')`)
  await session.end()
  const steps = [
    dropGroups(log, []),
    dropTopics(log, migration),
    dropTarget('new', optionsOf(database), migration),
    dropTarget('other', optionsOf(database), 'other'),
  ]
  const runs: DropOutcome[][] = [[], []]
  for (const outcomes of runs) await drop(steps, outcome => outcomes.push(outcome), signal)
  expect(runs[0]).toEqual([
    { what: 'consumer groups', outcome: 'already gone' },
    { what: 'topics', outcome: 'removed', found: [`${migration}.state`] },
    { what: 'progress in target new', outcome: 'removed', found: ['1 rows of switchback.progress'] },
    {
      what: 'progress in target other',
      outcome: 'removed',
      found: ['1 rows of switchback.progress', 'schema switchback'],
    },
  ])
  expect(runs[1]?.map(({ outcome }) => outcome)).toEqual(Array(4).fill('already gone'))
})

test('drop passes over a server that cannot be reached and fails in the end', async () => {
  const { log, migration, database } = await someMigration()
  const unreachable = { ...optionsOf(database), port: 1 }
  const outcomes: DropOutcome[] = []
  const steps = [dropTarget('gone', unreachable, migration), dropTopics(log, migration)]
  await expect(drop(steps, outcome => outcomes.push(outcome), signal)).rejects.toMatchObject({
    code: 'drop.incomplete',
  })
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['unreachable', 'already gone'])
})
