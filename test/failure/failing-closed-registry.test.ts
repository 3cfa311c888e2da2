import { expect, onTestFinished, test } from 'vitest'
import { openKafkaLog } from '../../kafka/kafkajs-log.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { uniqueName } from '../support/log-subject.ts'
import type { Migration } from '../support/migration/migration.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import type { RoleProcess } from '../support/migration/role-process.ts'
import { registryCoreOn, registryUrl } from '../support/registry-on.ts'
import { servers } from '../support/servers.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

failOnLeaks()

const tables = `CREATE TABLE items (id int PRIMARY KEY, text text);
  INSERT INTO items SELECT n, 'old' FROM generate_series(1, 500) n`

/** A way to a registry that is somebody else's. */
type Way = () => Promise<TcpProxy>

async function someRegistry(): Promise<Way> {
  const { brokers } = servers().kafka
  const topic = uniqueName('_schemas')
  const log = openKafkaLog({ brokers, clientId: 'registry' })
  onTestFinished(async () => {
    await log.deleteTopics([topic])
    await log.close()
  })
  const core = await registryCoreOn(openKafkaLog({ brokers, clientId: 'registry' }), topic)
  const url = new URL(await registryUrl(core))
  return async () => {
    const proxy = await TcpProxy.open({ host: url.hostname, port: Number(url.port) })
    onTestFinished(() => proxy.close())
    return proxy
  }
}

async function startThrough(
  proxy: TcpProxy,
  migration: Migration,
  role: 'connector' | 'sink',
): Promise<RoleProcess> {
  Object.assign(migration.settings, { registry: { url: `http://127.0.0.1:${proxy.port}` } })
  return migration.start(role)
}

/** It says what it waits for, tries again, and does not end. */
async function expectWaiting(role: RoleProcess): Promise<void> {
  await expect.poll(() => role.get('readyz').catch(String)).toMatch(/not ready.*registry\.unreachable/)
  expect(await role.metric('switchback_retries_total')).toBeGreaterThan(0)
  expect(role.running).toBe(true)
}

test('a registry that cannot be reached is waited for by connector and sink, at the start and later, and nothing is lost', async () => {
  const way = await someRegistry()
  const [ofConnector, ofSink] = [await way(), await way()]
  const migration = await openMigration({ tables })
  ofConnector.refuse()
  ofSink.refuse()
  const connector = await startThrough(ofConnector, migration, 'connector')
  const sink = await startThrough(ofSink, migration, 'sink')
  await expectWaiting(connector)
  ofConnector.admit()
  await expectWaiting(sink)
  ofSink.admit()
  await migration.copied()
  await migration.drained()
  await migration.expectEqual()
  for (const role of [connector, sink]) await expect.poll(() => role.isReady()).toBe(true)

  ofConnector.refuse()
  ofSink.refuse()
  await migration.sql(`UPDATE items SET text = 'before' WHERE id < 100;
    ALTER TABLE items ADD COLUMN more int; INSERT INTO items VALUES (1000, 'new', 1); UPDATE items SET more = 2 WHERE id < 50;
    DELETE FROM items WHERE id = 7`)
  await expectWaiting(connector)
  ofConnector.admit()
  await expectWaiting(sink)
  await migration.sql(`INSERT INTO items VALUES (1001, 'meanwhile', 3)`)
  ofSink.admit()
  await migration.drained()
  await migration.expectEqual()
})
