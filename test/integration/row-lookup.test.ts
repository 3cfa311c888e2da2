import { expect, onTestFinished, test } from 'vitest'
import { openRowLookup } from '../../connectors/postgres/row-lookup.ts'
import { chunkBench } from '../support/chunk-bench.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

test.each([
  ['a row', 'UPDATE t SET v = v + 1'],
  ['that there is none', 'DELETE FROM t'],
])(
  'what a lookup finds, %s, is on the disk of the source, whoever wrote it without waiting for that',
  async (_, change) => {
    const { client, options, run, tableOf } = await chunkBench(servers().source)
    await run('CREATE TABLE t (id int PRIMARY KEY, v int)')
    await run('INSERT INTO t VALUES (1, 1)')
    await run(`ALTER DATABASE ${options.database} SET synchronous_commit = off`)
    const lookup = openRowLookup(options, new AbortController().signal)
    onTestFinished(() => lookup.close())
    const table = await tableOf('t')
    await lookup.row(table, ['1'], 3)
    await run('SET synchronous_commit = off')
    // The server's own writer comes round a few times a second: now and then it would be before us.
    for (let turn = 0; turn < 20; turn++) {
      await run(change)
      const end = await client.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn() AS lsn')
      await lookup.row(table, ['1'], 3)
      const { rows } = await client.query('SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS durable', [
        end.rows[0]?.lsn,
      ])
      expect(rows).toEqual([{ durable: true }])
    }
  },
)
