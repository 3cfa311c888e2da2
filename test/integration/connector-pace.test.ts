import { expect, test } from 'vitest'
import { stateTopic } from '../../schemas/topic-names.ts'
import { type ConnectorBench, connectorBench } from '../support/connector-bench.ts'
import { migration } from '../support/connector-on.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const changes = 300

test('changes that come one by one and fast are published several at a time', async () => {
  const bench = await connectorBench(
    servers().source,
    'CREATE TABLE things (id int PRIMARY KEY, n int); INSERT INTO things VALUES (1, 0)',
  )
  await bench.copied(1)
  const before = await stateRecords(bench)
  const startedMs = performance.now()
  for (let n = 0; n < changes; n++) await bench.app.query('UPDATE things SET n = n + 1')
  const passedMs = performance.now() - startedMs
  const end = await endOfLog(bench)
  await expect.poll(() => isPublished(bench, end)).toBe(true)
  const waitedSeconds = (performance.now() - startedMs - passedMs) / 1_000
  const transactions = ((await stateRecords(bench)) - before) / 2
  expect(transactions).toBeGreaterThan(0)
  // They begin 8 ms apart; timers may be early by less than one. Afterwards one a second may store where the log is.
  expect(transactions).toBeLessThanOrEqual(passedMs / 7 + 15 + waitedSeconds)
})

/** Each transaction stores one, and has a marker behind it. */
async function stateRecords({ log }: ConnectorBench): Promise<number> {
  const ranges = await log.ranges([stateTopic(migration)])
  return ranges.reduce((sum, { end }) => sum + Number(end), 0)
}

/** The connector confirms to the source what it has published. */
async function isPublished({ app, names }: ConnectorBench, upTo: string): Promise<boolean> {
  const { rows } = await app.query<{ done: boolean }>(
    'SELECT confirmed_flush_lsn >= $2::pg_lsn AS done FROM pg_replication_slots WHERE slot_name = $1',
    [names.slot, upTo],
  )
  return rows[0]?.done === true
}

/** A commit of this database lies behind it: the connector confirms nothing else of what the server's log holds. */
async function endOfLog({ app }: ConnectorBench): Promise<string> {
  const emit = `SELECT pg_logical_emit_message(true, 'test', '')::text AS lsn`
  const { rows } = await app.query<{ lsn: string }>(emit)
  return rows[0]?.lsn ?? ''
}
