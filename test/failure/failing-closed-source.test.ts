import { describe, expect, test } from 'vitest'
import { RecordBatchWriter } from '../../kafka/record-batch-writer.ts'
import { recordSpan } from '../../kafka/record-span.ts'
import { stateTopic } from '../../schemas/topic-names.ts'
import { type ConnectorBench, connectorBench } from '../support/connector-bench.ts'
import { migration } from '../support/connector-on.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { loseSlot } from '../support/lose-slot.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'
import { withClient } from '../../stack/postgres/connection.ts'

failOnLeaks()

const tables = `CREATE TABLE items (id int PRIMARY KEY, note text); INSERT INTO items VALUES (1, 'one'), (2, 'two');
  CREATE TABLE bag (n int); INSERT INTO bag VALUES (1)`

const write = `INSERT INTO items VALUES (3, 'new'); INSERT INTO bag VALUES (2)`

async function copied(): Promise<ConnectorBench> {
  const bench = await connectorBench(servers().source, tables)
  await bench.copyOnce(2)
  return bench
}

const topic = `${migration}.public.items`
const ends = async ({ log }: ConnectorBench) => (await log.ranges([topic])).map(({ end }) => end)

/** It halts at every start, and publishes nothing. */
async function expectHalts(bench: ConnectorBench, code: string, message: RegExp): Promise<void> {
  const before = await ends(bench)
  for (let start = 0; start < 2; start++)
    expect(await bench.start().ended).toMatchObject({ code, message: expect.stringMatching(message) })
  expect(await ends(bench)).toEqual(before)
}

const dropSlot = ({ app, names }: ConnectorBench) => loseSlot(app, names.slot)

const makeSlot = ({ app, names }: ConnectorBench) =>
  app.query(`SELECT pg_create_logical_replication_slot('${names.slot}', 'pgoutput')`)

describe('the replication slot', () => {
  test('was dropped', async () => {
    const bench = await copied()
    await dropSlot(bench)
    await bench.app.query(write)
    await expectHalts(bench, 'source.log_lost', /the replication slot does not exist any more/)
  })

  test('was dropped and made again', async () => {
    const bench = await copied()
    await dropSlot(bench)
    await bench.app.query(write)
    await makeSlot(bench)
    await expectHalts(bench, 'source.slot_recreated', /begins behind what was published/)
  })

  test('is made again while the connector runs', async () => {
    const bench = await connectorBench(servers().source, tables)
    const connector = await bench.copied(2)
    await dropSlot(bench)
    await bench.app.query(write)
    await makeSlot(bench)
    // The connector may have looked in between.
    expect(await connector.ended).toMatchObject({
      code: expect.stringMatching(/^source\.(slot_recreated|log_lost)$/),
    })
  })

  test('belongs to another database', async () => {
    const bench = await copied()
    await dropSlot(bench)
    const other = await freshDatabase(servers().source)
    const { slot } = bench.names
    await withClient(other.url, client =>
      client.query(`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`),
    )
    await expectHalts(bench, 'source.slot_foreign', /is not of this database/)
    await withClient(other.url, client => client.query(`SELECT pg_drop_replication_slot('${slot}')`))
  })
})

describe('a table of the source', () => {
  test.each([
    ['was dropped', 'DROP TABLE items', 'source.table_missing', /items/],
    [
      'was replaced by another one of its name',
      `DROP TABLE items; CREATE TABLE items (id int PRIMARY KEY, note text)`,
      'source.table_missing',
      /the name of another table/,
    ],
    ['was renamed', 'ALTER TABLE items RENAME TO things', 'source.table_missing', /items/],
    [
      'got another key',
      'ALTER TABLE items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (note)',
      'schema.key_changed',
      /from \(id\) to \(note\)/,
    ],
    [
      'lost its replica identity',
      'ALTER TABLE items REPLICA IDENTITY NOTHING',
      'schema.key_changed',
      /old rows/,
    ],
    [
      'got another name for a column',
      'ALTER TABLE items RENAME note TO remark',
      'schema.column_renamed',
      /"note".*remark/,
    ],
    [
      'got another column in the place of one',
      'ALTER TABLE items DROP note; ALTER TABLE items ADD note text',
      'schema.column_replaced',
      /"note" of public.items/,
    ],
  ])('%s while the connector was down', async (_, change, code, message) => {
    const bench = await copied()
    await bench.app.query(change)
    await expectHalts(bench, code, message)
  })

  test.each([
    ['is dropped', 'DROP TABLE items', 'source.table_missing'],
    [
      'is replaced by another one of its name',
      `DROP TABLE items; CREATE TABLE items (id int PRIMARY KEY, note text)`,
      'source.publication_changed',
    ],
    [
      'gets another key',
      `ALTER TABLE items DROP CONSTRAINT items_pkey, ADD PRIMARY KEY (note); INSERT INTO items VALUES (3, 'new')`,
      'schema.key_changed',
    ],
    [
      'gets another name for a column',
      `ALTER TABLE items RENAME note TO remark; INSERT INTO items VALUES (3, 'new')`,
      'schema.column_renamed',
    ],
    [
      'gets another column in the place of one',
      `ALTER TABLE items DROP note; ALTER TABLE items ADD note text; INSERT INTO items VALUES (3, 'new')`,
      'schema.column_replaced',
    ],
  ])('%s while the connector runs', async (_, change, code) => {
    const bench = await connectorBench(servers().source, tables)
    const connector = await bench.copied(2)
    await bench.app.query(change)
    expect(await connector.ended).toMatchObject({ code })
  })

  test('gets another column in the place of one when the connector has gone on after a restart', async () => {
    const bench = await copied()
    const before = await ends(bench)
    const connector = bench.start()
    await bench.app.query(write)
    await expect.poll(async () => ends(bench)).not.toEqual(before)
    await bench.app.query('ALTER TABLE items DROP note, ADD note text')
    await bench.app.query(`INSERT INTO items VALUES (4, 'newer')`)
    expect(await connector.ended).toMatchObject({ code: 'schema.column_replaced' })
  })

  test('had another name for a while, and was written to meanwhile', async () => {
    const bench = await copied()
    await bench.app.query('ALTER TABLE items RENAME TO things')
    await bench.app.query(`INSERT INTO things VALUES (3, 'lost')`)
    await bench.app.query('ALTER TABLE things RENAME TO items')
    await expectHalts(bench, 'source.table_missing', /public\.items.*public\.things/)
  })

  test('had another name for a column for a while, and was written to meanwhile', async () => {
    const bench = await copied()
    await bench.app.query(
      `ALTER TABLE items RENAME note TO remark; UPDATE items SET remark = 'lost'; ALTER TABLE items RENAME remark TO note`,
    )
    const before = await ends(bench)
    for (let start = 0; start < 2; start++)
      expect(await bench.start().ended).toMatchObject({ code: 'schema.column_renamed' })
    expect(await ends(bench)).toEqual(before)
  })
})

describe('the state topic', () => {
  const append = async ({ log }: ConnectorBench, key: string, value: string | null) => {
    const records = new RecordBatchWriter(256)
    records.append(recordSpan(Buffer.from(key), value === null ? null : Buffer.from(value)), null)
    await log.append(records.encoded(stateTopic(migration), 0))
  }

  test('was deleted', async () => {
    const bench = await copied()
    await bench.log.deleteTopics([stateTopic(migration)])
    await bench.app.query(write)
    await expectHalts(bench, 'kafka.topic_mismatch', /of a new table holds records/)
  })

  test.each(['connector', 'table/public.items', 'snapshot/public.items'])('lost its record %s', async key => {
    const bench = await copied()
    await append(bench, key, null)
    await bench.app.query(write)
    await expectHalts(bench, 'state.incomplete', /has lost its record/)
  })

  test.each([
    ['that is no JSON', 'connector', 'garbage'],
    ['of an unknown kind', 'else', '{"kind":"else","format":1}'],
    ['of another format', 'connector', '{"kind":"connector","format":2}'],
    ['under a wrong key', 'table/public.bag', '{"kind":"connector","format":1}'],
  ])('holds a record of somebody else %s', async (_, key, value) => {
    const bench = await copied()
    await append(bench, key, value)
    await expectHalts(bench, 'state.unreadable', /holds a record/)
  })
})
