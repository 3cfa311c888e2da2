import type { Client } from 'pg'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { silent, type Telemetry } from '../../core/telemetry.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import type { Log } from '../../kafka/log.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import type { SnapshotProgress, TableState } from '../../schemas/state.ts'
import { encodeState, type StateChange } from '../../schemas/state-records.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { finishService } from '../../sinks/postgres/ddl/finish-service.ts'
import { copiedShop, describeShop } from '../support/copied-shop.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { records } from '../support/log-subject.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

let source: Client
let target: Client
let options: ConnectionOptions

beforeEach(async () => {
  options = optionsOf(await freshDatabase(servers().target))
  source = await connect(optionsOf(await freshDatabase(servers().source)))
  target = await connect(options)
  onTestFinished(async () => {
    await Promise.all([source.end(), target.end()])
  })
})

let log: Log
let facts: { message: string; fields: object }[]

beforeEach(async () => {
  log = openMemoryLog()
  facts = []
  await log.ensureTopics(
    ['m.public.customers', 'm.public.orders'].map(topic => ({
      topic,
      partitions: 2,
      replication: 1,
      compacted: false,
      config: {},
    })),
  )
  await target.query(
    `CREATE SCHEMA switchback; CREATE TABLE switchback.progress (migration text, topic text, partition int, next_offset bigint)`,
  )
})

const telemetry: Telemetry = {
  ...silent,
  log: {
    debug() {},
    error() {},
    info: (fields, message) => void facts.push({ fields, message }),
    warn: (fields, message) => void facts.push({ fields, message }),
  },
}

function start(): { readonly stopped: Promise<void>; stop(): Promise<void> } {
  const ending = new AbortController()
  const service = finishService({
    migration: 'm',
    target: 'new',
    connection: options,
    log,
    telemetry,
    pollMs: 20,
  })
  const stopped = service.run(ending.signal)
  const stop = async () => {
    ending.abort()
    await stopped
  }
  onTestFinished(stop)
  return { stopped, stop }
}

async function write(...changes: StateChange[]): Promise<void> {
  const topic = 'm.state'
  await log.ensureTopics([{ topic, partitions: 1, replication: 1, compacted: true, config: {} }])
  await log.append(encodeState(topic, changes))
}

const tableState = (schema: TableSchema): TableState => ({
  kind: 'table',
  format: 1,
  schema,
  topic: `m.public.${schema.table.name}`,
  partitions: 2,
  keySchemaId: 1,
  valueSchemaId: 2,
})
const snapshot = (schema: TableSchema, phase: 'copied' | 'waiting'): StateChange => {
  const progress: SnapshotProgress = phase === 'copied' ? { phase } : { phase, since: '1' }
  return {
    kind: 'snapshot',
    format: 1,
    table: schema.table,
    progress,
    estimatedRows: 0,
    rows: 0,
    chunks: 0,
  }
}

const indexes = async () =>
  (
    await target.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_index WHERE indrelid IN ('customers'::regclass, 'orders'::regclass)`,
    )
  ).rows[0]?.n

/** As many passes as it takes to be sure that the service has looked at things as they are now. */
async function looked(): Promise<void> {
  const ranges = vi.spyOn(log, 'topics')
  await expect.poll(() => ranges.mock.calls.length).toBeGreaterThan(3)
  ranges.mockRestore()
}

test('builds only when every table is copied and all that was published by then is applied', async () => {
  const tables = await copiedShop(source, target)
  const [customers, orders] = tables
  if (customers === undefined || orders === undefined) throw new Error('nothing described')
  start()
  await looked()
  await write(...tables.map(tableState), snapshot(customers, 'copied'), snapshot(orders, 'waiting'))
  await looked()
  expect(await indexes()).toBe(2)
  await log.append(records('m.public.orders', 1, 'a', 'b'))
  await write(snapshot(orders, 'copied'))
  await looked()
  expect(await indexes()).toBe(2)
  await target.query(
    `INSERT INTO switchback.progress VALUES ('m', 'm.public.orders', 1, 1), ('other', 'm.public.orders', 1, 2)`,
  )
  await looked()
  expect(await indexes()).toBe(2)
  await target.query(`UPDATE switchback.progress SET next_offset = 2 WHERE migration = 'm'`)
  await expect.poll(() => facts.at(-1)?.message).toBe('all indexes and constraints are built')
  expect((await describeShop(target)).map(({ secondary }) => secondary)).toEqual(
    tables.map(({ secondary }) => secondary),
  )
  const { rows } = await target.query(
    `SELECT count(*)::int AS n FROM pg_stat_user_tables WHERE relname IN ('customers', 'orders') AND last_analyze IS NOT NULL`,
  )
  expect(rows).toEqual([{ n: 2 }])
})

test('offsets that only hold markers of Kafka do not hold it up', async () => {
  const tables = await copiedShop(source, target)
  const writer = await log.writer('w')
  await writer.transaction(tx => tx.publish([records('m.public.orders', 0, 'a')]))
  await writer.close()
  await target.query(`INSERT INTO switchback.progress VALUES ('m', 'm.public.orders', 0, 1)`)
  expect((await log.ranges(['m.public.orders']))[0]?.end).toBe(2n)
  await write(...tables.map(tableState), ...tables.map(table => snapshot(table, 'copied')))
  start()
  await expect.poll(() => facts.at(-1)?.message).toBe('all indexes and constraints are built')
})

test('says once what is refused, stays alive, and builds it when it can', async () => {
  const tables = await copiedShop(source, target)
  await target.query(`INSERT INTO customers VALUES (1, 'a'), (2, 'a')`)
  await write(...tables.map(tableState), ...tables.map(table => snapshot(table, 'copied')))
  start()
  const refusals = () =>
    facts.filter(({ message }) => message === 'target refuses an index or constraint').length
  await expect.poll(refusals).toBe(2)
  await looked()
  await target.query(`DELETE FROM customers WHERE id = 2`)
  await expect.poll(() => facts.at(-1)?.message).toBe('all indexes and constraints are built')
  expect(refusals()).toBe(2)
})

test('one of several works at a time, another goes on when it ends, and a build that is stopped leaves nothing behind', async () => {
  const tables = await copiedShop(source, target)
  await write(...tables.map(tableState), ...tables.map(table => snapshot(table, 'copied')))
  await target.query('BEGIN; INSERT INTO orders VALUES (1, 1)')
  const first = start()
  const waiting = () => facts.filter(({ message }) => message === 'building').length
  const reader = await openClient({ ...options, applicationName: 'reader' })
  const blocked = async () =>
    (
      await reader.query(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      )
    ).rows[0]?.n
  await expect.poll(blocked).toBe(1)
  const begun = waiting()
  start()
  await looked()
  expect([await blocked(), waiting()]).toEqual([1, begun])
  await first.stop()
  await target.query('ROLLBACK')
  await expect.poll(() => facts.at(-1)?.message).toBe('all indexes and constraints are built')
})
