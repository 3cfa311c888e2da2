import { expect, onTestFinished, test } from 'vitest'
import { baseType } from '../support/column-types.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { sinkBench } from '../support/running-sink.ts'
import { servers } from '../support/servers.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { column, testTable } from '../support/test-table.ts'

failOnLeaks()

const things = testTable('things', [column('id', baseType('int4'))], ['id'])

test.each([
  ['while tables are compared', 'pg_advisory_xact_lock'],
  ['while partitions are claimed', 'pg_backend_pid'],
  ['while a writer is prepared', 'session_replication_role'],
  ['while events are written', 'UPDATE switchback.progress'],
])('a target that does not answer any more %s does not keep the sink from stopping', async (_, sent) => {
  const bench = await sinkBench(servers().target)
  await bench.client.query('CREATE TABLE things (id int PRIMARY KEY)')
  const table = await bench.topics.table(things, 1)
  await bench.topics.publishInTransaction(table, [{ op: 'c', row: { id: '1' }, partition: 0 }])
  const proxy = await TcpProxy.open(bench.connection)
  onTestFinished(() => proxy.close())
  const stalled = proxy.stallOn(chunk => chunk.includes(sent))
  const running = bench.start({}, { ...bench.connection, port: proxy.port })
  await stalled
  expect(await running.stop()).toBeNull()
})
