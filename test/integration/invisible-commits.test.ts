import type { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { appliedBySink } from '../support/applied-by-sink.ts'
import { type ConnectorBench, connectorBench } from '../support/connector-bench.ts'
import { allCopied, migration, untilState } from '../support/connector-on.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { heldReaders } from '../support/held-readers.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { expectEqual } from '../support/migration/expect-equal.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const topic = `${migration}.public.items`

// A standby that does not exist is waited for by whoever asks for it: the commit is in the log, and nobody sees it.
const settings = { synchronous_standby_names: 'nobody', synchronous_commit: 'local' }

const tables = `CREATE TABLE items (id int PRIMARY KEY, note text, large text);
  ALTER TABLE items ALTER large SET STORAGE EXTERNAL;
  INSERT INTO items SELECT n, 'old', repeat('x', CASE WHEN n < 4 THEN 5000 ELSE 5 END) FROM generate_series(1, 50) n`

/** What is committed, and published, while nobody sees it; the chunk reads all of these keys. */
const changes = [
  `UPDATE items SET note = 'new', large = 'new' WHERE id = 1`,
  // Its large value is not in the log.
  `UPDATE items SET note = 'new' WHERE id = 2`,
  `INSERT INTO items VALUES (100, 'new', 'new')`,
  `DELETE FROM items WHERE id = 3`,
  `UPDATE items SET id = 104 WHERE id = 4`,
  `UPDATE items SET id = id - 100 WHERE id IN (5, 6); UPDATE items SET id = CASE id WHEN -95 THEN 6 ELSE 5 END WHERE id < 0`,
]

interface Hanging {
  readonly transaction: bigint
  /** Resolves when the commit is acknowledged. */
  readonly committed: Promise<unknown>
}

/** Commits, and is not told so before `release`. */
async function commitUnseen({ connection }: ConnectorBench, change: string): Promise<Hanging> {
  const client = await openClient(connection)
  await client.query('SET synchronous_commit = on; BEGIN')
  const { rows } = await client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
  await client.query(change)
  return { transaction: BigInt(rows[0]?.id ?? 0), committed: client.query('COMMIT') }
}

async function release(app: Client): Promise<void> {
  await app.query(`ALTER SYSTEM SET synchronous_standby_names = ''`)
  await app.query('SELECT pg_reload_conf()')
}

test('a commit that is published before anybody can see it wins over the row that a chunk still reads', async () => {
  const server = await startPostgres({ version: 15, settings })
  onTestFinished(() => server.stop())
  const bench = await connectorBench(server, tables)
  const readers = heldReaders()
  const connector = bench.start({ around: readers.around })
  await untilState(
    bench.log,
    ({ snapshots: states }) => states.get('public.items')?.progress.phase === 'copying',
  )
  const hanging: Hanging[] = []
  for (const change of changes) hanging.push(await commitUnseen(bench, change))
  const ids = hanging.map(({ transaction }) => String(transaction))
  await untilState(bench.log, ({ connector: state }) => ids.every(id => state?.invisible.includes(id)))
  readers.release()
  await untilState(bench.log, allCopied(1))
  // The race did happen: the events were out, and the chunk's snapshot saw none of their transactions.
  const seen = readers.snapshots.map(snapshot => hanging.map(({ transaction }) => snapshot.sees(transaction)))
  expect(seen).toEqual([changes.map(() => false)])
  await release(bench.app)
  for (const { committed } of hanging) await committed
  await connector.stop()
  const target = optionsOf(await freshDatabase(servers().target))
  await appliedBySink(bench.cluster, target, [topic])
  const client = await openClient(target)
  await expectEqual(bench.app, client, 'public')
})
