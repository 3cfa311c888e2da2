import type { Client } from 'pg'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { silent, type Telemetry } from '../../core/telemetry.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import type { Log } from '../../kafka/log.ts'
import { openMemoryLog } from '../../kafka/memory-log.ts'
import type { SnapshotProgress, TableState } from '../../schemas/state.ts'
import { encodeState, type StateChange } from '../../schemas/state-records.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { createTables } from '../../sinks/postgres/ddl/create-tables.ts'
import { finishService } from '../../sinks/postgres/ddl/finish-service.ts'
import { finishTables, missingObjects } from '../../sinks/postgres/ddl/finish-tables.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { records } from '../support/log-subject.ts'
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

const shop = `CREATE TABLE customers (id int PRIMARY KEY, email text, CONSTRAINT "E-Mail" UNIQUE (email) INCLUDE (id));
  CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, total int, span int4range, twin int,
    CONSTRAINT "of customer" FOREIGN KEY (customer) REFERENCES customers ON DELETE CASCADE DEFERRABLE,
    CONSTRAINT twin FOREIGN KEY (twin) REFERENCES orders, CHECK (total > 0), CONSTRAINT apart EXCLUDE USING gist (span WITH &&));
  CREATE INDEX "by ""total""" ON orders (total DESC) INCLUDE (customer) WHERE total > 5; CREATE UNIQUE INDEX ON customers (lower(email))`

async function describeBoth(client: Client): Promise<readonly TableSchema[]> {
  const tables = await describeTables(
    client,
    ['customers', 'orders'].map(name => ({ schema: 'public', name })),
  )
  return tables
}

/** The shop in the source, and its tables without secondary objects in the target. */
async function copiedShop(more = ''): Promise<readonly TableSchema[]> {
  await source.query(`${shop};${more}`)
  const tables = await describeBoth(source)
  await createTables(target, tables)
  return tables
}

const never = new AbortController().signal

async function finish(tables: readonly TableSchema[]) {
  const built: string[] = []
  const observer = { begins() {}, built: (what: string) => void built.push(what) }
  await target.query(`SET search_path = ''`)
  const refused = await finishTables(target, tables, observer, never)
  await target.query('RESET search_path')
  return { refused, built }
}

describe('finishing tables', () => {
  test('gives the target every index and constraint of the source, foreign keys last, and a second time does nothing', async () => {
    const tables = await copiedShop('ALTER TABLE orders ADD CONSTRAINT loose CHECK (total < 99) NOT VALID')
    await target.query(
      `INSERT INTO customers VALUES (1, 'a'); INSERT INTO orders VALUES (1, 1, 100, '[1,2)', 1)`,
    )
    const { refused, built } = await finish(tables)
    expect(refused).toEqual([])
    expect(built.map(what => what.replace(/ ".*/, ''))).toEqual([
      'index',
      'index',
      'unique',
      'exclusion',
      'check',
      'check',
      'foreign key',
      'foreign key',
    ])
    expect((await describeBoth(target)).map(({ secondary }) => secondary)).toEqual(
      tables.map(({ secondary }) => secondary),
    )
    expect(await finish(tables)).toEqual({ refused: [], built: [] })
    expect(await missingObjects(target, tables)).toEqual([])
  })

  test('a refused constraint is named with its table, keeps no other from being built, and is built when rows allow it', async () => {
    const tables = await copiedShop()
    await target.query(
      `INSERT INTO customers VALUES (1, 'a'), (2, 'a'); INSERT INTO orders VALUES (1, 7, 100)`,
    )
    const { refused, built } = await finish(tables)
    expect(refused.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'target.constraint_refused index "customers_lower_idx" of public.customers',
      'target.constraint_refused unique "E-Mail" of public.customers',
      'target.constraint_refused foreign key "of customer" of public.orders',
    ])
    expect(built).toHaveLength(4)
    expect(JSON.stringify(refused)).not.toContain('=(')
    expect((await missingObjects(target, tables)).map(({ subject }) => subject)).toEqual(
      refused.map(({ subject }) => subject),
    )
    await target.query(`UPDATE customers SET email = id::text; UPDATE customers SET id = 7 WHERE id = 2`)
    const second = await finish(tables)
    expect([second.refused, second.built.length]).toEqual([[], 3])
    expect((await describeBoth(target)).map(({ secondary }) => secondary)).toEqual(
      tables.map(({ secondary }) => secondary),
    )
  })

  test('an object that was built by hand is not built again, whatever its name', async () => {
    const tables = await copiedShop()
    await target.query(
      `CREATE INDEX mine ON orders (total DESC) INCLUDE (customer) WHERE total > 5; ALTER TABLE orders ADD CONSTRAINT my_check CHECK (total > 0) NOT VALID`,
    )
    const { refused, built } = await finish(tables)
    expect([refused, built.filter(what => what.includes('by ""total"""'))]).toEqual([[], []])
    const { rows } = await target.query(
      `SELECT conname, convalidated FROM pg_constraint WHERE contype = 'c' AND conrelid = 'orders'::regclass`,
    )
    expect(rows).toEqual([{ conname: 'my_check', convalidated: true }])
  })

  test('a primary key that is not the replica key is built here, under its name', async () => {
    await source.query(`CREATE TABLE customers (id int, k int NOT NULL, CONSTRAINT "the Key" PRIMARY KEY (id));
      CREATE UNIQUE INDEX k ON customers (k); ALTER TABLE customers REPLICA IDENTITY USING INDEX k;
      CREATE TABLE orders (customer int REFERENCES customers)`)
    const tables = await describeBoth(source)
    await createTables(target, tables)
    expect((await finish(tables)).refused).toEqual([])
    const [customers] = await describeBoth(target)
    expect(customers?.primaryKey).toEqual(tables[0]?.primaryKey)
  })

  test('a foreign key to a table that is not migrated is refused with its reason', async () => {
    await source.query(`CREATE TABLE outside (id int PRIMARY KEY); CREATE TABLE customers (id int PRIMARY KEY);
      CREATE TABLE orders (id int PRIMARY KEY, o int REFERENCES outside)`)
    const tables = await describeBoth(source)
    await createTables(target, tables)
    expect((await finish(tables)).refused).toEqual([
      expect.objectContaining({
        subject: 'foreign key "orders_o_fkey" of public.orders',
        message: expect.stringContaining('outside'),
      }),
    ])
  })
})

describe('the finish service', () => {
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
    const tables = await copiedShop()
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
    await expect
      .poll(() => facts.at(-1)?.message, { timeout: 10_000 })
      .toBe('all indexes and constraints are built')
    expect((await describeBoth(target)).map(({ secondary }) => secondary)).toEqual(
      tables.map(({ secondary }) => secondary),
    )
    const { rows } = await target.query(
      `SELECT count(*)::int AS n FROM pg_stat_user_tables WHERE relname IN ('customers', 'orders') AND last_analyze IS NOT NULL`,
    )
    expect(rows).toEqual([{ n: 2 }])
  })

  test('offsets that only hold markers of Kafka do not hold it up', async () => {
    const tables = await copiedShop()
    const writer = await log.writer('w')
    await writer.transaction(tx => tx.publish([records('m.public.orders', 0, 'a')]))
    await writer.close()
    await target.query(`INSERT INTO switchback.progress VALUES ('m', 'm.public.orders', 0, 1)`)
    expect((await log.ranges('m.public.orders'))[0]?.end).toBe(2n)
    await write(...tables.map(tableState), ...tables.map(table => snapshot(table, 'copied')))
    start()
    await expect
      .poll(() => facts.at(-1)?.message, { timeout: 10_000 })
      .toBe('all indexes and constraints are built')
  })

  test('says once what is refused, stays alive, and builds it when it can', async () => {
    const tables = await copiedShop()
    await target.query(`INSERT INTO customers VALUES (1, 'a'), (2, 'a')`)
    await write(...tables.map(tableState), ...tables.map(table => snapshot(table, 'copied')))
    start()
    const refusals = () =>
      facts.filter(({ message }) => message === 'target refuses an index or constraint').length
    await expect.poll(refusals).toBe(2)
    await looked()
    await target.query(`DELETE FROM customers WHERE id = 2`)
    await expect
      .poll(() => facts.at(-1)?.message, { timeout: 20_000 })
      .toBe('all indexes and constraints are built')
    expect(refusals()).toBe(2)
  })

  test('one of several works at a time, another goes on when it ends, and a build that is stopped leaves nothing behind', async () => {
    const tables = await copiedShop()
    await write(...tables.map(tableState), ...tables.map(table => snapshot(table, 'copied')))
    await target.query('BEGIN; INSERT INTO orders VALUES (1, 1)')
    const first = start()
    const waiting = () => facts.filter(({ message }) => message === 'building').length
    const reader = await connect({ ...options, applicationName: 'reader' })
    onTestFinished(() => reader.end())
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
    await expect
      .poll(() => facts.at(-1)?.message, { timeout: 20_000 })
      .toBe('all indexes and constraints are built')
  })
})
