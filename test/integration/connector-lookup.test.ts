import { expect, test } from 'vitest'
import type { SourceConnector } from '../../connectors/source.ts'
import { connectorBench } from '../support/connector-bench.ts'
import { allCopied, migration, ownRetries, untilState } from '../support/connector-on.ts'
import { Gate } from '../support/gate.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { rowHistory } from '../support/row-history.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const tables = `CREATE TABLE k (id int PRIMARY KEY, note text, body text);
  ALTER TABLE k ALTER body SET STORAGE EXTERNAL;
  INSERT INTO k VALUES (1, 'note', repeat('body', 2000));
  CREATE TABLE l (line text);
  INSERT INTO l SELECT repeat('x', 1000) FROM generate_series(1, 40000)`

test('an application that locks the table of a row that is looked up, and then one that is being scanned, gets both', async () => {
  const bench = await connectorBench(servers().source, tables)
  const { app, connection, log } = bench
  const [scan, lookup] = [new Gate(), new Gate()]
  const connector = bench.start({ around: source => held(source, scan, lookup) })
  await untilState(log, ({ snapshots }) => snapshots.get('public.k')?.progress.phase === 'copied')
  await app.query('UPDATE k SET id = 2')
  await lookup.reached
  const locking = await openClient(connection)
  await locking.query(`SET lock_timeout = '90s'; BEGIN; LOCK TABLE k`)
  lookup.open()
  const waiting = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%"k"%'`
  await expect.poll(async () => (await app.query(waiting)).rowCount).toBe(1)
  scan.open()
  const scanning = `SELECT FROM pg_locks WHERE relation = 'l'::regclass AND mode = 'AccessShareLock' AND granted`
  await expect.poll(async () => (await app.query(scanning)).rowCount).toBe(1)
  await locking.query('LOCK TABLE l')
  await locking.query('COMMIT')
  await untilState(log, allCopied(2))
  const created = async () =>
    (await rowHistory(log, `${migration}.public.k`, [['2']])).filter(line =>
      line.includes('"body":"bodybody'),
    )
  await expect.poll(async () => (await created()).length).toBeGreaterThan(0)
  expect(ownRetries(connector)).toContainEqual(expect.objectContaining({ code: 'postgres.conflict' }))
})

/** Scans wait at one gate, lookups at the other. */
function held(source: SourceConnector, scan: Gate, lookup: Gate): SourceConnector {
  return {
    ...source,
    lookup: signal => {
      const rows = source.lookup(signal)
      return {
        row: async (...wanted) => {
          await lookup.pass()
          return rows.row(...wanted)
        },
        close: () => rows.close(),
      }
    },
    reader: async signal => {
      const reader = await source.reader(signal)
      return {
        ...reader,
        scan: async (request, inner) => {
          await scan.pass()
          await reader.scan(request, inner)
        },
      }
    },
  }
}
