import { expect, onTestFinished, test } from 'vitest'
import { silent } from '../../core/telemetry.ts'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { baseType } from '../support/column-types.ts'
import { connectorBench } from '../support/connector-bench.ts'
import { allCopied, untilState } from '../support/connector-on.ts'
import { heldReaders } from '../support/held-readers.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const items = testTable('items', [column('id', baseType('int4')), column('n', baseType('int4'))], ['id'])
const update = (n: number) => ({ op: 'u' as const, row: { id: '1', n: String(n) } })

test('1, 2, 3 and then 2 again, delivered for one key, end at 3', async () => {
  const { topics, start, rows } = await sinkBench(servers().target)
  const table = await topics.table(items, 1)
  const all = [{ ...update(1), op: 'c' as const }, update(2), update(3)]
  await topics.publish(table, all)
  await topics.publishAgain(table, all.slice(0, 2))
  let skipped = 0
  const count = (name: string, by: number) => {
    if (name === 'switchback_skipped_events_total') skipped += by
  }
  const sink = start({ telemetry: { ...silent, count } })
  await expect
    .poll(() => rows('SELECT next_offset::int FROM switchback.progress').catch(() => []))
    .toEqual([[5]])
  expect(await rows('SELECT id, n FROM items')).toEqual([[1, 3]])
  await expect.poll(() => skipped).toBe(2)
  expect(await sink.stop()).toBeNull()
})

test('a source that stops in the middle of a snapshot is waited for, and the table is never called copied before it is', async () => {
  const server = await startPostgres({ version: 15 })
  onTestFinished(() => server.stop())
  const bench = await connectorBench(
    server,
    `CREATE TABLE items (id int PRIMARY KEY); INSERT INTO items SELECT generate_series(1, 1000)`,
  )
  const readers = heldReaders()
  const connector = bench.start({ around: readers.around })
  await untilState(bench.log, ({ snapshots }) => snapshots.get('public.items')?.progress.phase === 'copying')
  await server.kill()
  await expect.poll(() => connector.retries.length).toBeGreaterThan(1)
  const now = await untilState(bench.log, () => true)
  expect(now.snapshots.get('public.items')?.progress.phase).not.toBe('copied')
  await server.restart()
  await bench.reconnect()
  readers.release()
  const done = await untilState(bench.log, allCopied(1))
  expect(done.snapshots.get('public.items')?.rows).toBe(1000)
  await connector.stop()
})
