import type { Client } from 'pg'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../databases/postgres/connect.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { createTables } from '../../sinks/postgres/ddl/create-tables.ts'
import { finishTables, missingObjects } from '../../sinks/postgres/ddl/finish-tables.ts'
import { copiedShop, describeShop } from '../support/copied-shop.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

let source: Client
let target: Client

beforeEach(async () => {
  source = await connect(optionsOf(await freshDatabase(servers().source)))
  target = await connect(optionsOf(await freshDatabase(servers().target)))
  onTestFinished(async () => {
    await Promise.all([source.end(), target.end()])
  })
})

const never = new AbortController().signal

async function finish(tables: readonly TableSchema[], on = target) {
  const built: string[] = []
  const observer = { begins() {}, built: (what: string) => void built.push(what) }
  await on.query(`SET search_path = ''`)
  const refused = await finishTables(on, tables, observer, never)
  await on.query('RESET search_path')
  return { refused, built }
}

test('gives the target every index and constraint of the source, foreign keys last, and a second time does nothing', async () => {
  const tables = await copiedShop(
    source,
    target,
    'ALTER TABLE orders ADD CONSTRAINT loose CHECK (total < 99) NOT VALID',
  )
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
  expect((await describeShop(target)).map(({ secondary }) => secondary)).toEqual(
    tables.map(({ secondary }) => secondary),
  )
  expect(await finish(tables)).toEqual({ refused: [], built: [] })
  expect(await missingObjects(target, tables)).toEqual([])
})

test('a refused constraint is named with its table, keeps no other from being built, and is built when rows allow it', async () => {
  const tables = await copiedShop(source, target)
  await target.query(`INSERT INTO customers VALUES (1, 'a'), (2, 'a'); INSERT INTO orders VALUES (1, 7, 100)`)
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
  expect((await describeShop(target)).map(({ secondary }) => secondary)).toEqual(
    tables.map(({ secondary }) => secondary),
  )
})

test('an object that was built by hand is not built again, whatever its name', async () => {
  const tables = await copiedShop(source, target)
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
  const tables = await describeShop(source)
  await createTables(target, tables)
  expect((await finish(tables)).refused).toEqual([])
  const [customers] = await describeShop(target)
  expect(customers?.primaryKey).toEqual(tables[0]?.primaryKey)
})

test('a foreign key to a table that is not migrated is refused with its reason', async () => {
  await source.query(`CREATE TABLE outside (id int PRIMARY KEY); CREATE TABLE customers (id int PRIMARY KEY);
      CREATE TABLE orders (id int PRIMARY KEY, o int REFERENCES outside)`)
  const tables = await describeShop(source)
  await createTables(target, tables)
  expect((await finish(tables)).refused).toEqual([
    expect.objectContaining({
      subject: 'foreign key "orders_o_fkey" of public.orders',
      message: expect.stringContaining('outside'),
    }),
  ])
})

test.each(['source', 'target'] as const)(
  'foreign keys of a partitioned table are built on the %s server, and others beside them',
  async server => {
    const on = await openClient(optionsOf(await freshDatabase(servers()[server])))
    const tables = await copiedShop(
      source,
      target,
      'ALTER TABLE orders ADD CONSTRAINT loose CHECK (total < 99)',
    )
    await on.query(`CREATE TABLE customers (id int PRIMARY KEY, email text);
      CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL, total int, span int4range, twin int) PARTITION BY RANGE (id);
      CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (1) TO (1000)`)
    await on.query(`INSERT INTO orders VALUES (1, 7, 50)`)
    const first = await finish(tables, on)
    expect(first.refused.map(({ subject }) => subject)).toContain(
      'foreign key "of customer" of public.orders',
    )
    await on.query('INSERT INTO customers VALUES (7)')
    await finish(tables, on)
    const foreignKeys = await on.query(
      `SELECT conname, convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = 'orders'::regclass AND conparentid = 0 ORDER BY 1`,
    )
    expect(foreignKeys.rows).toEqual(
      ['of customer', 'twin'].map(conname => ({ conname, convalidated: true })),
    )
  },
)
