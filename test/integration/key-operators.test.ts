import type { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { openRowLookup } from '../../connectors/postgres/row-lookup.ts'
import { keysetQueries } from '../../connectors/postgres/snapshot/keyset-query.ts'
import { inSnapshot } from '../../connectors/postgres/snapshot/reader-session.ts'
import { query } from '../../databases/postgres/query.ts'
import type { FieldSlices } from '../../schemas/field-slices.ts'
import type { TableSchema } from '../../schemas/table-schema.ts'
import { readTargetColumns } from '../../sinks/postgres/target-columns.ts'
import { type TablePlan, tablePlan } from '../../sinks/postgres/table-plan.ts'
import { chunkBench } from '../support/chunk-bench.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openMigration } from '../support/migration/open-migration.ts'
import { everything, readSegment } from '../support/read-chunk.ts'
import { servers } from '../support/servers.ts'
import { tableBatchOf } from '../support/table-batch-of.ts'

failOnLeaks()

const never = new AbortController().signal

// No session's search path has the schema.
const extensions = `CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION ltree SCHEMA ext;
  CREATE DOMAIN address AS ext.citext; CREATE DOMAIN mailbox AS address`

// Their order is not that of their texts.
const emails = ['Alice', 'bob', 'Carol', 'dave', 'Eve', 'frank', 'Grace']
const values = emails.map(email => `('${email}')`).join(', ')

/** Columns of the key with their types, and rows of it. */
const keys = {
  citext: `k ext.citext|VALUES ${values}`,
  'a domain over citext': `k mailbox|VALUES ${values}`,
  ltree: `k ext.ltree|SELECT ('Top.n' || n)::ext.ltree FROM generate_series(1, 9) n`,
  'int, citext': `tenant int, k ext.citext|SELECT n, k FROM generate_series(1, 3) n, (VALUES ${values}) v (k)`,
  'citext, int': `k ext.citext, n int|SELECT k, n FROM generate_series(1, 3) n, (VALUES ${values}) v (k)`,
  'int, citext, ltree, text, int': `a int, b ext.citext, c ext.ltree, d text, e int|SELECT a, b, ('t' || c)::ext.ltree, d, a FROM generate_series(1, 2) a, (VALUES ${values}) v (b), generate_series(1, 2) c, (VALUES ('B'), ('a')) w (d)`,
}

describe.each(['source', 'target'] as const)('on the %s server', role => {
  const bench = async () => {
    const made = await chunkBench(servers()[role])
    await made.run(extensions)
    return made
  }

  test('tables whose keys have operators out of the search path are read whole, in order, and from the index', async () => {
    const { client, options, reader, run, tableOf } = await bench()
    const lookup = openRowLookup(options, never)
    onTestFinished(() => lookup.close())
    for (const [type, definition] of Object.entries(keys)) {
      const [columns = '', rows = ''] = definition.split(/\|(.*)/s)
      const names = columns.split(', ').map(column => column.split(' ')[0] ?? '')
      const key = names.join(', ')
      await run(`DROP TABLE IF EXISTS plain, parted;
        CREATE TABLE plain (id int, ${columns}, PRIMARY KEY (${key}));
        INSERT INTO plain SELECT row_number() OVER (), r.* FROM (SELECT * FROM (${rows}) q ORDER BY random()) r;
        CREATE TABLE parted (LIKE plain INCLUDING ALL) PARTITION BY RANGE (${names[0]});
        CREATE TABLE part_0 PARTITION OF parted DEFAULT`)
      const found = await client.query<{ id: string }>(`SELECT id::text FROM plain ORDER BY ${key}`)
      const inOrder = found.rows.map(({ id }) => id)
      expect(inOrder.length).toBeGreaterThan(6)
      const [middle] = await keyOf(client, await tableOf('plain'), inOrder[inOrder.length >> 1] ?? '')
      await run(`CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('${middle}');
        INSERT INTO parted TABLE plain; ANALYZE plain, parted`)
      for (const name of ['plain', 'parted']) {
        const table = await tableOf(name)
        const ids: string[] = []
        for (const segment of await reader.segments(table, 3, never))
          ids.push(...(await readSegment(reader, table, segment, { maxRows: 2 })).keys)
        expect(ids, `${name} (${type})`).toEqual(inOrder)
        const last = await keyOf(client, table, inOrder.at(-1) ?? '')
        expect(first(await lookup.row(table, last, 1))).toBe(inOrder.at(-1))
      }
      const table = await tableOf('plain')
      const plans = await plansOf(client, table, await keyOf(client, table, inOrder[0] ?? ''))
      expect(plans.join('\n'), type).not.toMatch(/Sort|Seq Scan|Filter/)
    }
  })

  test('a table whose key has an index of another order is read in the order of its type', async () => {
    const { client, reader, run, tableOf } = await bench()
    await run(`CREATE TABLE t (k ext.citext NOT NULL); CREATE UNIQUE INDEX t_k ON t (k text_pattern_ops);
      ALTER TABLE t REPLICA IDENTITY USING INDEX t_k; INSERT INTO t VALUES ${values}`)
    const { keys: read } = await readSegment(reader, await tableOf('t'), everything, { maxRows: 2 })
    expect(read).toEqual(emails)
    // The index compares texts, and so do we there.
    expect((await targetPlan(client)).sql.deleteGone).toContain('t."k" = s.c0')
  })

  test('staged rows find their rows of the target by the index of the key, by its operator', async () => {
    const { client, run } = await bench()
    for (const [type, value, operator] of equalities) {
      await run(`DROP TABLE IF EXISTS t; CREATE TABLE t (k ${type} PRIMARY KEY, v text)`)
      const { sql, partial } = await targetPlan(client, value)
      await run(
        `SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; ${sql.createStage}; ${sql.numberStage}`,
      )
      const statements = [
        sql.deleteGone,
        sql.deleteStaged,
        sql.updateStaged,
        partial.update([0, 1], 2),
        partial.complete([0], 2),
      ]
      for (const statement of statements) {
        expect(statement, type).toContain(`t."k" ${operator} s.c0`)
        expect(await explain(client, statement), `${type}: ${statement}`).toMatch(/Index Cond: .*k/)
      }
      expect(sql.leftOut, type).toContain(`t."k" ${operator} s.c0`)
      await explain(client, sql.leftOut)
    }
  })
})

/** Types of a key with a value, and how they are compared. */
const equalities = [
  ['ext.citext', 'a', 'OPERATOR(ext.=)'],
  ['mailbox', 'a', 'OPERATOR(ext.=)'],
  ['ext.ltree', 'a', 'OPERATOR(ext.=)'],
  ['int', '1', '='],
  ['varchar(9)', 'a', '='],
  ['int[]', '{1}', '='],
  ['ext.citext[]', '{a}', '='],
] as const

async function keyOf(client: Client, table: TableSchema, id: string): Promise<readonly string[]> {
  const texts = table.key.map(name => `${name}::text`).join(', ')
  const sql = `SELECT ARRAY[${texts}] AS key FROM ${table.table.name} WHERE id::text = $1`
  const [row] = await query<{ key: string[] }>(client, 'look', sql, [id])
  return row?.key ?? []
}

function first(row: FieldSlices | null): string | undefined {
  return row?.buffer.toString('utf8', row.starts[0], (row.starts[0] ?? 0) + (row.lengths[0] ?? 0))
}

/** How the server reads on behind a key. */
async function plansOf(client: Client, table: TableSchema, cursor: readonly string[]): Promise<string[]> {
  const settings = ['seqscan', 'bitmapscan', 'sort'].map(name => `SET enable_${name} = off`)
  await query(client, 'prepare', settings.join('; '))
  return inSnapshot(
    client,
    table,
    async snapshot => {
      const plans: string[] = []
      for (const { sql, parameters } of keysetQueries(table, snapshot, { ...everything, cursor }))
        plans.push(await explain(client, sql, parameters))
      return plans
    },
    () => undefined,
  )
}

async function explain(client: Client, sql: string, parameters: readonly unknown[] = []): Promise<string> {
  const rows = await query<{ 'QUERY PLAN': string }>(client, 'explain', `EXPLAIN ${sql}`, parameters)
  return rows.map(row => row['QUERY PLAN']).join('\n')
}

/** How rows of the table t are written. */
async function targetPlan(client: Client, k = 'a'): Promise<TablePlan> {
  const ref = { schema: 'public', name: 't' }
  const [schema] = await describeTables(client, [ref])
  const [target] = await readTargetColumns(client, [ref])
  if (schema === undefined || target === undefined || target === null) throw new Error('no table t')
  const { version } = await tableBatchOf(schema, [{ op: 'd', old: { k } }])
  return tablePlan(version, target)
}

// Two rows are a chunk, and their bodies are in no event that leaves them as they are.
const tables = (...definitions: readonly string[]) =>
  definitions.map(
    definition => `CREATE TABLE ${definition};
      ALTER TABLE ${definition.split(' ')[0]} ALTER body SET STORAGE EXTERNAL;`,
  )
const body = `repeat('body', 10000)`

async function openSmallChunks(prepare: string) {
  const migration = await openMigration()
  migration.settings.snapshot = { readers: 1, chunkBytes: 65_536 }
  await migration.sql(`${extensions}; ${prepare}`)
  return migration
}

test('tables with keys of citext, in a schema out of the search path, are copied whole and follow', async () => {
  const made = tables(
    'accounts (email ext.citext PRIMARY KEY, note text, body text)',
    'contacts (email mailbox PRIMARY KEY, note text, body text)',
    'members (tenant int, email ext.citext, n int, note text, body text, PRIMARY KEY (tenant, email, n))',
    'parted (email ext.citext PRIMARY KEY, note text, body text) PARTITION BY HASH (email)',
  )
  const migration = await openSmallChunks(`${made.join('\n')}
    CREATE TABLE part_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE part_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO accounts SELECT email, '', ${body} FROM (VALUES ${values}) v (email);
    INSERT INTO contacts TABLE accounts; INSERT INTO parted TABLE accounts;
    INSERT INTO members SELECT tenant, email, n, '', ${body} FROM accounts, generate_series(1, 2) tenant, generate_series(1, 2) n`)
  await migration.start('run')
  await migration.copied()
  await migration.drained()
  await migration.expectEqual()
  for (const table of ['accounts', 'contacts', 'members', 'parted'])
    await migration.sql(`UPDATE ${table} SET note = 'changed' WHERE email::text IN ('bob', 'Carol');
      UPDATE ${table} SET email = 'BOB' WHERE email::text = 'bob';
      UPDATE ${table} SET email = 'moved' WHERE email::text = 'Eve';
      DELETE FROM ${table} WHERE email::text IN ('dave', 'Grace')`)
  await migration.drained()
  await migration.expectEqual()
})

test('a table with a key of ltree, in a schema out of the search path, is copied whole and follows', async () => {
  const made = tables('nodes (path ext.ltree PRIMARY KEY, note text, body text)')
  const migration = await openSmallChunks(`${made.join('\n')}
    INSERT INTO nodes SELECT ('Top.n' || n)::ext.ltree, '', ${body} FROM generate_series(1, 7) n`)
  await migration.start('run')
  await migration.copied()
  await migration.drained()
  await migration.expectEqual()
  await migration.sql(`UPDATE nodes SET note = 'changed' WHERE path::text = 'Top.n2';
    UPDATE nodes SET path = 'Top.moved' WHERE path::text = 'Top.n3';
    DELETE FROM nodes WHERE path::text = 'Top.n5'`)
  await migration.drained()
  await migration.expectEqual()
})
