import { expect, onTestFinished, test } from 'vitest'
import { silent } from '../../core/telemetry.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import { finishService } from '../../sinks/postgres/ddl/finish-service.ts'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { type SinkBench, sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import type { SourceTable } from '../support/source-topics.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

test.each([
  ['while tables are compared', 'pg_advisory_xact_lock'],
  ['while a writer is prepared', 'session_replication_role'],
  ['while events are written', 'UPDATE switchback.progress'],
])('a target that does not answer any more %s does not keep the sink from stopping', async (_, sent) => {
  const bench = await sinkBench(servers().target)
  await publishRow(bench, await oneTable(bench, 'things'))
  const { proxy, connection } = await throughProxy(bench)
  const lost = proxy.loseOn(chunk => chunk.includes(sent))
  const running = bench.start({}, connection)
  await lost
  expect(await running.stop()).toBeNull()
})

test('a session that is lost while partitions are claimed does not keep a table that joins from being applied', async () => {
  const bench = await sinkBench(servers().target)
  await publishRow(bench, await oneTable(bench, 'things'))
  const { proxy, connection } = await throughProxy(bench)
  const lost = proxy.loseOn(chunk => chunk.includes('pg_backend_pid() AS pid'))
  const running = bench.start({}, connection)
  await lost
  await publishRow(bench, await oneTable(bench, 'others'))
  for (const name of ['things', 'others'])
    await expect.poll(() => bench.rows(`SELECT id FROM ${name}`)).toEqual([[1]])
  expect(await running.stop()).toBeNull()
})

test('a target that does not answer any more does not keep what completes its tables from stopping', async () => {
  const bench = await sinkBench(servers().target)
  const { proxy, connection } = await throughProxy(bench)
  const service = finishService({
    migration: 'm',
    target: 'new',
    connection,
    log: openMemoryLog(),
    telemetry: silent,
  })
  const stop = new AbortController()
  const running = service.run(stop.signal)
  const idle = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
    AND application_name LIKE '% finish' AND query LIKE '%client_connection_check_interval%'`
  await expect.poll(() => bench.rows(idle)).toHaveLength(1)
  proxy.stall()
  stop.abort()
  await running
})

async function oneTable({ client, topics }: SinkBench, name: string): Promise<SourceTable> {
  await client.query(`CREATE TABLE ${name} (id int PRIMARY KEY)`)
  return topics.table(testTable(name, [column('id', baseType('int4'))], ['id']), 1)
}

function publishRow({ topics }: SinkBench, table: SourceTable): Promise<unknown> {
  return topics.publishInTransaction(table, [{ op: 'c', row: { id: '1' }, partition: 0 }])
}

async function throughProxy({ connection }: SinkBench) {
  const proxy = await TcpProxy.open(connection)
  onTestFinished(() => proxy.close())
  return { proxy, connection: { ...connection, port: proxy.port } }
}
