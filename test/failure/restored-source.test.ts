import { expect, onTestFinished, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../../stack/postgres/start-postgres.ts'
import { type ConnectorBench, connectorBench } from '../support/connector-bench.ts'
import { untilState } from '../support/connector-on.ts'
import { copyData } from '../support/data-copy.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { resumePointOf } from '../../connectors/resume-point.ts'

failOnLeaks()

const settings = { max_slot_wal_keep_size: '1MB', checkpoint_timeout: '1h' }

/** A server of the test's own, with one table that is copied. */
async function ownBench(): Promise<{ server: PostgresServer; bench: ConnectorBench }> {
  const server = await startPostgres({ version: 15, settings })
  onTestFinished(() => server.stop())
  const bench = await connectorBench(
    server,
    `CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items VALUES (0)`,
  )
  await bench.copyOnce(1)
  return { server, bench }
}

const insert = ({ app }: ConnectorBench, from: number, to: number) =>
  app.query(`INSERT INTO items SELECT generate_series(${from}, ${to})`)

/** Publishes what is committed, then stops. Gives the end of what is published. */
async function publishAll(bench: ConnectorBench): Promise<bigint> {
  const { app, log } = bench
  const { rows } = await app.query<{ head: string }>(
    `SELECT (pg_current_wal_insert_lsn() - '0/0')::text AS head`,
  )
  const connector = bench.start()
  await app.query(`SELECT pg_logical_emit_message(true, 'test', '')`)
  const passed = BigInt(rows[0]?.head ?? 0)
  const state = await untilState(
    log,
    now => now.connector !== null && resumePointOf(now.connector.position).after >= passed,
  )
  await connector.stop()
  if (state.connector === null) throw new Error('nothing is stored')
  return resumePointOf(state.connector.position).after
}

test('a source restored from a copy of its files halts the connector, also when it has gone on beyond what was published', async () => {
  const { server, bench } = await ownBench()
  const copy = await copyData(server)
  await bench.reconnect()
  await insert(bench, 1, 100)
  const published = await publishAll(bench)
  await copy.restore('as it was')
  await bench.reconnect()
  expect(await bench.start().ended).toMatchObject({ code: 'source.log_lost' })
  await insert(bench, 1_001, 3_000)
  const { rows } = await bench.app.query(`SELECT pg_current_wal_insert_lsn() - '0/0' > $1 AS beyond`, [
    String(published),
  ])
  expect(rows).toEqual([{ beyond: true }])
  for (let start = 0; start < 2; start++)
    expect(await bench.start().ended).toMatchObject({
      code: 'source.log_lost',
      message: expect.stringContaining('restored from a backup'),
    })
})

test('a source that crashed and forgot how far its slot was is followed on', async () => {
  const { server, bench } = await ownBench()
  let published = 0n
  let inserted = 0
  const insertSome = () => insert(bench, inserted + 1, (inserted += 100))
  const isBehind = async () => {
    const { rows } = await bench.app.query(
      `SELECT confirmed_flush_lsn - '0/0' < $1 AS behind FROM pg_replication_slots`,
      [String(published)],
    )
    return rows[0]?.behind === true
  }
  // Every quarter of a minute the server logs something that makes it remember.
  for (let round = 0; round < 10 && !(await isBehind()); round++) {
    await insertSome()
    published = await publishAll(bench)
    await server.kill()
    await server.restart()
    await bench.reconnect()
  }
  expect(await isBehind()).toBe(true)
  await insertSome()
  expect(await publishAll(bench)).toBeGreaterThan(published)
})

test('a source that was recovered to a point in time writes another timeline, which halts the connector', async () => {
  const { server, bench } = await ownBench()
  const copy = await copyData(server)
  await bench.reconnect()
  await copy.restore('promoted')
  await bench.reconnect()
  await insert(bench, 1, 100)
  expect(await bench.start().ended).toMatchObject({
    code: 'source.log_lost',
    message: expect.stringMatching(/the source writes log postgres\/\d+\/2/),
  })
})

test('a slot whose log the server has given up halts the connector', async () => {
  const { bench } = await ownBench()
  const lost = async () =>
    (await bench.app.query(`SELECT wal_status FROM pg_replication_slots`)).rows[0]?.wal_status
  for (let round = 0; round < 4 && (await lost()) !== 'lost'; round++) {
    await bench.app.query(`SELECT pg_switch_wal()`)
    await insert(bench, 10 * round + 1, 10 * round + 9)
    await bench.app.query(`CHECKPOINT`)
  }
  expect(await lost()).toBe('lost')
  expect(await bench.start().ended).toMatchObject({
    code: 'source.log_lost',
    message: expect.stringContaining('the server has removed log'),
  })
})
