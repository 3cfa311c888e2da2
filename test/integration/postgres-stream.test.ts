import type { Client } from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openStream } from '../../connectors/postgres/stream/open-stream.ts'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { prepareSource } from '../../connectors/postgres/prepare.ts'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { openProbe } from '../../connectors/postgres/probe.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { preparedSource, readTransactions } from '../support/log-reader.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

describe.each(['source', 'target'] as const)('on the %s server', role => {
  let options: ConnectionOptions
  let app: Client

  beforeEach(async () => {
    options = optionsOf(await freshDatabase(servers()[role]))
    app = await openClient(options)
  })

  test('inserts, updates, deletes and changed keys come in commit order with what the log knows of the old row', async () => {
    await app.query(
      `CREATE TABLE t (id int PRIMARY KEY, note text, twice int GENERATED ALWAYS AS (id * 2) STORED, n numeric)`,
    )
    const source = await preparedSource(options, ['t'])
    await app.query(`INSERT INTO t VALUES (1, 'é', DEFAULT, 1.50), (2, NULL, DEFAULT, 'NaN')`)
    await app.query(
      `BEGIN; UPDATE t SET note = '' WHERE id = 1; UPDATE t SET id = 3 WHERE id = 2; DELETE FROM t WHERE id = 1; COMMIT`,
    )
    const stream = await source.open(source.prepared.start)
    expect((await readTransactions(stream, 2)).messages).toEqual([
      ['c', 't', ['1', 'é', '1.50']],
      ['c', 't', ['2', null, 'NaN']],
      ['u', 't', ['1', '', '1.50']],
      ['u', 't', ['3', null, 'NaN'], 'key', ['2', null, null]],
      ['d', 't', 'key', ['1', null, null]],
    ])
  })

  test('an unchanged large value is absent, and taken from the old row where that is logged whole', async () => {
    await app.query(`CREATE TABLE plain (id int PRIMARY KEY, n int, big text); CREATE TABLE whole (LIKE plain INCLUDING ALL);
      ALTER TABLE plain ALTER big SET STORAGE EXTERNAL; ALTER TABLE whole ALTER big SET STORAGE EXTERNAL; ALTER TABLE whole REPLICA IDENTITY FULL`)
    const source = await preparedSource(options, ['plain', 'whole'])
    const big = 'x'.repeat(100_000)
    for (const table of ['plain', 'whole']) await app.query(`INSERT INTO ${table} VALUES (1, 1, $1)`, [big])
    for (const table of ['plain', 'whole']) await app.query(`UPDATE ${table} SET n = 2`)
    const { messages } = await readTransactions(await source.open(source.prepared.start), 4)
    expect(messages.slice(2)).toEqual([
      ['u', 'plain', ['1', '2', undefined]],
      ['u', 'whole', ['1', '2', big], 'old', ['1', '1', big]],
    ])
  })

  test('an unchanged large key is there, and is not taken for a changed one', async () => {
    await app.query('CREATE TABLE long_key (id text PRIMARY KEY, n int)')
    // Random, so that it cannot be compressed, and is stored outside of the row.
    const { rows } = await app.query(
      `INSERT INTO long_key SELECT string_agg(md5(random()::text), ''), 1 FROM generate_series(1, 80) RETURNING id`,
    )
    const id = String(rows[0].id)
    const { prepared, open } = await preparedSource(options, ['long_key'])
    await app.query('UPDATE long_key SET n = 2')
    const { messages } = await readTransactions(await open(prepared.start), 1)
    expect(messages).toEqual([['u', 'long_key', [id, '2'], 'key', [id, null]]])
  })

  test('a transaction much larger than the buffer arrives whole while reading is slow, and nothing is confirmed before it is acknowledged', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY, note text)')
    const source = await preparedSource(options, ['t'])
    await app.query(`INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 200000) i`)
    const stream = await source.open(source.prepared.start)
    // What arrives while nobody reads stays bounded.
    await expect.poll(() => stream.queuedBytes).toBeGreaterThan(16 << 20)
    let rows = 0
    let inOrder = true
    let end = 0n
    for (let largest = 0; end === 0n; ) {
      largest = Math.max(largest, stream.queuedBytes)
      expect(largest).toBeLessThan(24 << 20)
      const message = stream.next()
      if (message === null) await stream.more(1_000)
      else if (message.kind === 'row') inOrder &&= message.index === ++rows
      else if (message.kind === 'commit' && rows > 0) end = message.end
    }
    expect([rows, inOrder]).toEqual([200_000, true])
    const confirmed = async () => {
      const { rows: found } = await app.query(
        `SELECT (confirmed_flush_lsn - '0/0')::text AS lsn FROM pg_replication_slots WHERE slot_name = $1`,
        [source.objects.slot],
      )
      return BigInt(found[0].lsn)
    }
    expect(await confirmed()).toBeLessThan(end)
    stream.acknowledge(source.at(end))
    await expect.poll(confirmed).toBe(end)
  })

  test('a server that cannot send because nobody reads still hears of us all the time, else it would give the connection up', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY, note text)')
    const source = await preparedSource(options, ['t'])
    const stream = await source.open(source.prepared.start)
    await app.query(`INSERT INTO t SELECT i, repeat('x', 400) FROM generate_series(1, 100000) i`)
    await expect.poll(() => stream.queuedBytes).toBeGreaterThan(16 << 20)
    const heard = new Set<unknown>()
    const replies = async () => {
      const { rows } = await app.query(
        `SELECT reply_time::text FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid WHERE slot_name = $1`,
        [source.objects.slot],
      )
      return heard.add(rows[0]?.reply_time).size
    }
    await expect.poll(replies, { interval: 200 }).toBeGreaterThan(8)
    expect((await readTransactions(stream, 1)).messages).toHaveLength(100_000)
  })

  test('a stream opened again goes on behind what was acknowledged, or repeats what was not', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY)')
    const source = await preparedSource(options, ['t'])
    for (const id of [1, 2, 3]) await app.query(`INSERT INTO t VALUES ($1)`, [id])
    const first = await source.open(source.prepared.start)
    const { end } = await readTransactions(first, 1)
    await readTransactions(first, 1)
    first.acknowledge(source.at(end))
    await first.close()
    const second = await source.open(source.at(end))
    expect((await readTransactions(second, 2)).messages).toEqual([
      ['c', 't', ['2']],
      ['c', 't', ['3']],
    ])
  })

  test('a second reader of the slot is told that it is in use, and by which process', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY)')
    const source = await preparedSource(options, ['t'])
    await source.open(source.prepared.start)
    await expect(source.open(source.prepared.start)).rejects.toMatchObject({
      code: 'source.slot_in_use',
      message: expect.stringMatching(/PID \d+/),
    })
  })

  test('truncate names every captured table', async () => {
    await app.query(
      'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY REFERENCES a); CREATE TABLE c (id int PRIMARY KEY REFERENCES a)',
    )
    const source = await preparedSource(options, ['a', 'b'])
    await app.query('TRUNCATE a CASCADE')
    const { messages } = await readTransactions(await source.open(source.prepared.start), 1)
    expect(messages).toEqual([['t', 'a', 'b']])
  })

  test('columns added, dropped and retyped are announced where they happened, also when the catalogue is ahead', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY, a text)')
    const source = await preparedSource(options, ['t'])
    await app.query(`INSERT INTO t VALUES (1, 'a')`)
    await app.query(`ALTER TABLE t ADD COLUMN b int DEFAULT 7; INSERT INTO t VALUES (2, 'b', 8)`)
    await app.query(
      `ALTER TABLE t DROP COLUMN a, ADD COLUMN c date; INSERT INTO t VALUES (3, 9, '2020-01-02')`,
    )
    await app.query('ALTER TABLE t ALTER b TYPE text; ALTER TABLE t ADD COLUMN later int')
    const { messages } = await readTransactions(await source.open(source.prepared.start), 3)
    expect(messages).toEqual([
      ['c', 't', ['1', 'a']],
      ['relation', 't', ['id', 'a', 'b']],
      ['c', 't', ['2', 'b', '8']],
      ['relation', 't', ['id', 'b', 'c']],
      ['c', 't', ['3', '9', '2020-01-02']],
    ])
  })

  test("a table without a key publishes inserts, and the application's updates and deletes of it succeed", async () => {
    await app.query(
      'CREATE TABLE log (note text); CREATE TABLE bag (note text); ALTER TABLE bag REPLICA IDENTITY FULL',
    )
    const source = await preparedSource(options, ['log', 'bag'])
    await app.query(`INSERT INTO log VALUES ('a'); UPDATE log SET note = 'b'; DELETE FROM log; TRUNCATE log;
      INSERT INTO bag VALUES ('a'); UPDATE bag SET note = 'b'; DELETE FROM bag`)
    const { messages } = await readTransactions(await source.open(source.prepared.start), 1)
    expect(messages).toEqual([
      ['c', 'log', ['a']],
      ['t', 'log'],
      ['c', 'bag', ['a']],
      ['u', 'bag', ['b'], 'old', ['a']],
      ['d', 'bag', 'old', ['b']],
    ])
  })

  test('a marker on a quiet source arrives as a commit at or above its place', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY)')
    const source = await preparedSource(options, ['t'])
    const stream = await source.open(source.prepared.start)
    const probe = await openProbe(options, objectNames('probing'), new AbortController().signal)
    onTestFinished(() => probe.close())
    const mark = await probe.mark()
    for (let seen = 0n; seen < mark; ) {
      const message = stream.next()
      if (message === null) await stream.more(1_000)
      else if (message.kind === 'commit') seen = message.commit
    }
    expect(await probe.head()).toBeGreaterThan(mark)
    const { rows } = await app.query('SELECT pg_current_xact_id()::text AS id')
    const id = BigInt(rows[0].id)
    const visibility = await probe.visibility()
    expect([visibility.sees(id), visibility.sees(visibility.xmax)]).toEqual([true, false])
    expect(visibility.widen(Number(id & 0xffff_ffffn))).toBe(id)
  })

  test('a connection cut by the server rejects as unreachable', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY)')
    const source = await preparedSource(options, ['t'])
    const stream = await source.open(source.prepared.start)
    const cut = app.query(
      `SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = $1`,
      [source.objects.slot],
    )
    await expect(readTransactions(stream, 1)).rejects.toMatchObject({ code: 'postgres.unreachable' })
    await cut
  })
})

test('a source that is stopped in an orderly way does stop, although its last log is not ours to confirm', async () => {
  // It does not give up a connection by itself, so that it stops only when we have let it go.
  const server = await startPostgres({ version: 18, settings: { wal_sender_timeout: 0 } })
  onTestFinished(() => server.stop())
  const options = optionsOf({ server, name: 'postgres', url: server.url })
  const app = await connect(options)
  await app.query('CREATE TABLE t (id int PRIMARY KEY)')
  const names = objectNames('stopping')
  const tables = await describeTables(app, [{ schema: 'public', name: 't' }])
  const { start } = await prepareSource(app, names, tables, null)
  const stream = await openStream({ connection: options, names }, start, tables, new AbortController().signal)
  await app.query('INSERT INTO t VALUES (1); CREATE TABLE other (id int)')
  await app.end()
  const end = readTransactions(stream, 1_000)
  process.kill(server.pid, 'SIGINT')
  await expect(end).rejects.toMatchObject({ code: 'postgres.unreachable' })
  await expect.poll(() => server.log).toContain('database system is shut down')
  await stream.close()
})
