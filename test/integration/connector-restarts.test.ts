import type { Client } from 'pg'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import type { Log } from '../../kafka/log.ts'
import { MemoryCluster } from '../../kafka/memory/memory-cluster.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { allCopied, migration, ownRetries, startConnector, untilState } from '../support/connector-on.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { dropPrepared } from '../../connectors/postgres/prepare.ts'
import { encodeState } from '../../schemas/state-records.ts'
import type { TableState } from '../../schemas/state.ts'
import { StateReader } from '../../schemas/stored-state.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { records } from '../support/log-subject.ts'
import { objectNames } from '../../connectors/postgres/object-names.ts'

failOnLeaks()

const names = objectNames(migration)
let options: ConnectionOptions
let app: Client
let cluster: MemoryCluster
let log: Log

beforeEach(async () => {
  options = optionsOf(await freshDatabase(servers().source))
  app = await openClient(options)
  onTestFinished(() => dropPrepared(app, names))
  cluster = new MemoryCluster()
  log = openMemoryLog(cluster)
  onTestFinished(() => log.close())
})

/** Copies what is there, then stops. */
async function copyOnce(tables: number): Promise<void> {
  const connector = startConnector(cluster, options)
  await untilState(log, allCopied(tables))
  await connector.stop()
}

test('a table that was taken out of the publication halts the connector at every start', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)')
  await copyOnce(2)
  await app.query(`ALTER PUBLICATION ${names.publication} DROP TABLE b`)
  await app.query('INSERT INTO b VALUES (1)')
  for (let start = 0; start < 2; start++)
    expect(await startConnector(cluster, options).ended).toMatchObject({ code: 'source.publication_changed' })
})

test('a deleted topic halts the connector at every start, instead of being made again without what it held', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1)')
  await copyOnce(1)
  await log.deleteTopics([`${migration}.public.a`])
  for (let start = 0; start < 2; start++)
    expect(await startConnector(cluster, options).ended).toMatchObject({ code: 'kafka.topic_missing' })
})

test('a topic that was deleted, made again and filled halts the connector, also when no row was copied into it', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY)')
  await copyOnce(1)
  const topic = `${migration}.public.a`
  const { partitions } = await storedTable()
  await log.deleteTopics([topic])
  await log.ensureTopics([{ topic, partitions, replication: 1, compacted: false, config: {} }])
  await log.append(records(topic, 0, 'a', 'b', 'c'))
  for (let start = 0; start < 2; start++)
    expect(await startConnector(cluster, options).ended).toMatchObject({
      code: 'kafka.topic_missing',
      message: expect.stringContaining('was deleted and made again'),
    })
})

/** What the state topic has of `public.a`. */
async function storedTable(): Promise<TableState> {
  const { tables } = await new StateReader(log, stateTopic(migration)).refresh(AbortSignal.timeout(60_000))
  const table = tables.get('public.a')
  if (table === undefined) throw new Error('the state topic lacks public.a')
  return table
}

test('a table that joined when Kafka told no ids of topics learns its own at the next start', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY)')
  await copyOnce(1)
  const topic = `${migration}.public.a`
  const ids = await log.topicIds([topic])
  const known = await storedTable()
  expect(known.topicId).toBe(ids.get(topic))
  const { topicId: _, ...older } = known
  await log.append(encodeState(stateTopic(migration), [older]))
  const connector = startConnector(cluster, options)
  await expect.poll(async () => (await storedTable()).topicId).toBe(ids.get(topic))
  await connector.stop()
})

test('a table that was left out and comes back is not copied behind its earlier records', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)')
  await app.query('INSERT INTO b VALUES (1)')
  await copyOnce(2)
  const without = startConnector(cluster, options, { exclude: ['public.b'] })
  await untilState(log, allCopied(1))
  await without.stop()
  await app.query('DELETE FROM b')
  expect(await startConnector(cluster, options).ended).toMatchObject({ code: 'kafka.topic_mismatch' })
})

test('a connector that was stopped while its slot was being made goes on at the next start', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY)')
  const writer = await openClient(options)
  await writer.query('BEGIN; SELECT pg_current_xact_id()')
  const proxy = await TcpProxy.open(options)
  onTestFinished(() => proxy.close())
  const first = startConnector(cluster, { ...options, port: proxy.port })
  const waiting = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'switchback%' AND wait_event_type = 'Lock'`
  await expect.poll(async () => (await app.query(waiting)).rowCount).toBe(1)
  // The server must not hear of the end: it would give the slot up, perhaps before it is found half made.
  proxy.stall()
  await first.stop()
  const second = startConnector(cluster, options)
  await expect.poll(() => second.retries.length).toBeGreaterThan(0)
  await proxy.close()
  await writer.query('COMMIT')
  await untilState(log, allCopied(1))
  expect(second.retries[0]).toMatchObject({ code: 'source.slot_in_use' })
})

test('a connector that another one has replaced says so and ends, although it has nothing to publish', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1)')
  const older = startConnector(cluster, options)
  await untilState(log, allCopied(1))
  const newer = startConnector(cluster, options)
  expect(await older.ended).toMatchObject({ code: 'kafka.fenced' })
  // It may hear of the other one before its session is ended, or only after several tries.
  for (const retry of older.retries) expect(retry).toMatchObject({ code: 'postgres.unreachable' })
  await newer.stop()
})

test.each([
  ['while the slot is made', 'pg_create_logical_replication_slot'],
  ['when the log is asked for', 'START_REPLICATION'],
  ['while a reader is prepared', 'SET enable_seqscan'],
  ['while a chunk is read', 'LOCK TABLE'],
])('a server that does not answer any more %s does not keep the connector from stopping', async (_, sent) => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1)')
  const proxy = await TcpProxy.open(options)
  onTestFinished(async () => {
    await proxy.close()
    const following = 'SELECT FROM pg_replication_slots WHERE database = current_database() AND active'
    await expect.poll(async () => (await app.query(following)).rowCount).toBe(0)
  })
  const lost = proxy.loseOn(chunk => chunk.includes(sent))
  const connector = startConnector(cluster, { ...options, port: proxy.port })
  await lost
  await connector.stop()
})

test('tables that swap their names halt the connector while it runs, and at every start', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)')
  const running = startConnector(cluster, options)
  await untilState(log, allCopied(2))
  await app.query('ALTER TABLE a RENAME TO c; ALTER TABLE b RENAME TO a; ALTER TABLE c RENAME TO b')
  await app.query('INSERT INTO a VALUES (1)')
  // Whether the log tells of it first, or a look at the publication.
  expect(await running.ended).toMatchObject({
    code: expect.stringMatching(/^source\.(table_missing|publication_changed)$/),
  })
  for (let start = 0; start < 2; start++)
    expect(await startConnector(cluster, options).ended).toMatchObject({ code: 'source.table_missing' })
})

test('a table that loses its key is refused before its updates go unseen', async () => {
  await app.query('CREATE TABLE a (id int PRIMARY KEY, n int); INSERT INTO a VALUES (1, 1)')
  await copyOnce(1)
  await app.query('ALTER TABLE a DROP CONSTRAINT a_pkey')
  expect(await startConnector(cluster, options).ended).toMatchObject({ code: 'schema.key_changed' })
  // Else the server lets it pass, and nobody hears of it.
  await expect(app.query('UPDATE a SET n = 2')).rejects.toMatchObject({ code: '55000' })
  await app.query('ALTER TABLE a ADD PRIMARY KEY (id); ALTER TABLE a REPLICA IDENTITY NOTHING')
  expect(await startConnector(cluster, options).ended).toMatchObject({ code: 'schema.key_changed' })
})

/** Starts a connector that knows these tables, and may copy them only when `release` is called. */
async function startHeldBack(create: string, table: string) {
  await app.query('CREATE TABLE first (id int PRIMARY KEY)')
  await copyOnce(1)
  await app.query(create)
  const writer = await openClient(options)
  // It may have written to the tables before they were published: only a snapshot that sees it may be read.
  await writer.query('BEGIN; SELECT pg_current_xact_id()')
  const connector = startConnector(cluster, options)
  await untilState(log, ({ snapshots }) => snapshots.get(table)?.progress.phase === 'copying')
  return { connector, release: () => writer.query('COMMIT') }
}

test('a table whose column is dropped before it is copied is copied, although nothing is written to it', async () => {
  const { connector, release } = await startHeldBack(
    `CREATE TABLE a (id int PRIMARY KEY, n int, gone text); CREATE TABLE b (id int PRIMARY KEY, n int);
     INSERT INTO a SELECT n, n, 'x' FROM generate_series(1, 1000) n; INSERT INTO b VALUES (1, 1)`,
    'public.a',
  )
  await app.query('ALTER TABLE a DROP COLUMN gone')
  await release()
  const { tables, snapshots } = await untilState(log, allCopied(3))
  expect(snapshots.get('public.a')?.rows).toBe(1000)
  expect(tables.get('public.a')?.schema.columns.map(({ name }) => name)).toEqual(['id', 'n'])
  expect(ownRetries(connector)).toMatchObject([{ code: 'source.table_changed' }])
})

test('rows of an older shape that the log still holds do not keep a table from being copied as it is now', async () => {
  const { connector, release } = await startHeldBack(
    `CREATE TABLE a (id int PRIMARY KEY, n int, gone text);
     INSERT INTO a SELECT n, n, 'x' FROM generate_series(1, 1000) n`,
    'public.a',
  )
  await connector.stop()
  await app.query(`INSERT INTO a SELECT n, n, 'y' FROM generate_series(1001, 3000) n`)
  await app.query('ALTER TABLE a DROP COLUMN gone')
  const again = startConnector(cluster, options)
  await release()
  const { tables, snapshots } = await untilState(log, allCopied(2))
  expect(snapshots.get('public.a')?.rows).toBe(3000)
  expect(tables.get('public.a')?.schema.columns.map(({ name }) => name)).toEqual(['id', 'n'])
  expect(ownRetries(again).length).toBeLessThan(2)
})
