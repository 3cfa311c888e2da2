import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { describeTables } from '../../connectors/postgres/catalog/describe-tables.ts'
import { Secret } from '../../core/secret.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { checkTables } from '../../sinks/postgres/check/check-tables.ts'
import { checkTarget } from '../../sinks/postgres/check/check-target.ts'
import { ensureTables } from '../../sinks/postgres/ddl/ensure-tables.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const never = new AbortController().signal

let source: Client
let target: Client
let options: ConnectionOptions
const roles: string[] = []

beforeEach(async () => {
  // Registered first, so that it runs when the databases are gone in which the roles have rights.
  onTestFinished(() =>
    withClient(servers().target.url, async admin => {
      for (const role of roles.splice(0)) await admin.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`)
    }),
  )
  options = optionsOf(await freshDatabase(servers().target))
  source = await connect(optionsOf(await freshDatabase(servers().source)))
  target = await connect(options)
  onTestFinished(async () => {
    await Promise.all([source.end(), target.end()])
  })
})

const wanted = async (topic: string | null, ...names: string[]) =>
  (
    await describeTables(
      source,
      names.map(name => ({ schema: 'public', name })),
    )
  ).map(schema => ({ schema, topic }))

/** The findings about one table `t` that both sides were given, as severity, code and subject. */
async function compared(inSource: string, inTarget: string): Promise<string[]> {
  await source.query(inSource)
  await target.query(inTarget)
  const findings = await checkTables(target, 'm', await wanted(null, 't'))
  return findings.map(({ severity, code, subject }) => `${severity} ${code} ${subject}`)
}

async function createProgress(nextOffset: number): Promise<void> {
  await target.query(`CREATE SCHEMA switchback; CREATE TABLE switchback.progress (migration text, topic text, partition int, next_offset bigint);
    INSERT INTO switchback.progress VALUES ('m', 'm.public.t', 0, ${nextOffset}), ('other', 'm.public.t', 1, 7), ('m', 'm.public.u', 0, 7)`)
}

describe('a table that exists', () => {
  test('may have wider types and more columns with defaults', async () => {
    const found = await compared(
      `CREATE TABLE t (id int PRIMARY KEY, a varchar(5), b numeric(5,2), c smallint[], d text)`,
      `CREATE TABLE t (id bigint PRIMARY KEY, d varchar, a text, b numeric(9,2), c int[], more int NOT NULL DEFAULT 3, free text)`,
    )
    expect(found).toEqual([])
  })

  test('is refused with everything that is wrong with it at once, and nothing is changed', async () => {
    const inSource = `CREATE TABLE t (id int PRIMARY KEY, gone int NOT NULL, narrow varchar(9), n int, was int, now int GENERATED ALWAYS AS (n) STORED)`
    const inTarget = `CREATE TABLE t (id int, narrow varchar(8), n int NOT NULL, extra int NOT NULL,
      was int GENERATED ALWAYS AS (n) STORED, now int); CREATE UNIQUE INDEX ON t (id) WHERE id > 0; INSERT INTO t VALUES (1, '', 1, 1)`
    expect((await compared(inSource, inTarget)).toSorted()).toEqual([
      'error target.column_extra public.t."extra"',
      'error target.column_generated public.t."now"',
      'error target.column_generated public.t."was"',
      'error target.column_missing public.t."gone"',
      'error target.column_not_null public.t."n"',
      'error target.column_type public.t."narrow"',
      'error target.key_missing public.t',
      'error target.table_not_empty public.t',
      'warning target.constraint_extra public.t',
    ])
    await source.query('CREATE TABLE u (id int PRIMARY KEY)')
    const failure = await ensureTables(target, 'm', await wanted(null, 't', 'u')).catch(
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({
      code: 'target.table_differs',
      message: expect.stringContaining('"narrow"'),
    })
    expect((await target.query(`SELECT to_regclass('u') AS u`)).rows).toEqual([{ u: null }])
  })

  test('says what to run for a missing column, and leaves a nullable one to the sink', async () => {
    await source.query(
      `CREATE TABLE t (id int PRIMARY KEY, "Gone Col" varchar(3) NOT NULL DEFAULT 'x', later text)`,
    )
    await target.query('CREATE TABLE t (id int PRIMARY KEY)')
    const findings = await checkTables(target, 'm', await wanted(null, 't'))
    expect(findings.map(({ severity }) => severity)).toEqual(['error', 'info'])
    await target.query(findings[0]?.remedy.replace(/^Add it: |\.$/g, '') ?? '')
    expect((await checkTables(target, 'm', await wanted(null, 't'))).map(({ severity }) => severity)).toEqual(
      ['info'],
    )
  })

  test.each([
    [
      'a deferrable key',
      'CREATE TABLE t (id int PRIMARY KEY DEFERRABLE)',
      'error target.key_missing public.t',
    ],
    [
      'a wider key',
      'CREATE TABLE t (id int, x int, PRIMARY KEY (id, x))',
      'error target.key_missing public.t',
    ],
    ['a view', 'CREATE VIEW t AS SELECT 1 AS id', 'error target.not_a_table public.t'],
    ['an unlogged table', 'CREATE UNLOGGED TABLE t (id int PRIMARY KEY)', 'error target.unlogged public.t'],
    [
      'a trigger that fires always',
      `CREATE TABLE t (id int PRIMARY KEY); CREATE TRIGGER "my trigger" BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
       ALTER TABLE t ENABLE ALWAYS TRIGGER "my trigger"`,
      'warning target.trigger_fires public.t',
    ],
    [
      'a unique constraint that the source lacks',
      'CREATE TABLE t (id int PRIMARY KEY, x int UNIQUE)',
      'warning target.constraint_extra public.t',
    ],
  ])('is judged: %s', async (_, inTarget, expected) => {
    expect(await compared('CREATE TABLE t (id int PRIMARY KEY)', inTarget)).toContain(expected)
  })

  test.each([
    ['a key and 1,598 columns', 'id int PRIMARY KEY', 1_597, []],
    ['a key and 1,599 columns', 'id int PRIMARY KEY', 1_598, ['error target.too_many_columns public.t']],
    [
      'a key, 1,598 columns and a generated one',
      'id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED',
      1_597,
      [],
    ],
    ['no key and 1,599 columns', 'id int', 1_598, []],
    ['no key and 1,600 columns', 'id int', 1_599, ['error target.too_many_columns public.t']],
  ])('is judged by whether its changes can be written: %s', async (_, first, more, expected) => {
    const columns = Array.from({ length: more }, (__, index) => `c${index} boolean`)
    const both = `CREATE TABLE t (${[first, ...columns].join(', ')})`
    expect(await compared(both, both)).toEqual(expected)
  })

  test('restored with all its constraints is taken, with a warning about the unique ones', async () => {
    const both = `CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, x int UNIQUE CHECK (x > 0), p int REFERENCES parent)`
    expect(await compared(both, both)).toEqual([
      'warning target.constraint_early public.t',
      'info target.foreign_keys public.t',
    ])
  })

  test('that was created and completed by the migration gives no findings', async () => {
    await source.query('CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, x int UNIQUE)')
    await createProgress(5)
    const tables = await wanted('m.public.t', 't')
    await ensureTables(target, 'm', tables)
    await target.query(tables[0]?.schema.secondary[0]?.create ?? '')
    expect(await checkTables(target, 'm', tables)).toEqual([])
  })

  test('may hold rows once the migration has applied some, and only then', async () => {
    await source.query('CREATE TABLE t (id int PRIMARY KEY)')
    await target.query('CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)')
    await createProgress(0)
    const tables = await wanted('m.public.t', 't')
    await expect(ensureTables(target, 'm', tables)).rejects.toMatchObject({ code: 'target.table_not_empty' })
    await target.query(`UPDATE switchback.progress SET next_offset = 5 WHERE topic = 'm.public.t'`)
    expect(await ensureTables(target, 'm', tables)).toEqual([])
    await expect(ensureTables(target, 'third', tables)).rejects.toMatchObject({
      code: 'target.table_not_empty',
    })
  })

  test('a key whose collation calls other rows equal is refused', async () => {
    const found = await compared(
      'CREATE TABLE t (id text PRIMARY KEY, x text)',
      `CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
       CREATE TABLE t (id text COLLATE blind PRIMARY KEY, x text COLLATE "C")`,
    )
    expect(found).toEqual([
      'error target.column_collation public.t."id"',
      'warning target.column_collation public.t."x"',
    ])
  })
})

test('a table whose changes could not be written is not created', async () => {
  const columns = Array.from({ length: 1_598 }, (_, index) => `c${index} boolean`)
  await source.query(`CREATE TABLE t (id int PRIMARY KEY, ${columns.join(', ')})`)
  await expect(ensureTables(target, 'm', await wanted(null, 't'))).rejects.toMatchObject({
    code: 'target.table_differs',
    message: expect.stringContaining('1599 columns'),
  })
  expect((await target.query(`SELECT to_regclass('t') AS t`)).rows).toEqual([{ t: null }])
})

describe('the user of the migration', () => {
  /** A role that may log in and nothing else. */
  async function powerless(): Promise<ConnectionOptions> {
    const user = `user ${randomBytes(4).toString('hex')}`
    const password = randomBytes(8).toString('hex')
    await target.query(`CREATE ROLE "${user}" LOGIN PASSWORD '${password}'; REVOKE ALL ON DATABASE "${options.database}" FROM PUBLIC;
      GRANT CONNECT ON DATABASE "${options.database}" TO "${user}"; REVOKE ALL ON SCHEMA public FROM PUBLIC`)
    roles.push(user)
    return { ...options, user, password: new Secret(password) }
  }

  test('is told every missing privilege, and nothing more once they are granted', async () => {
    const limited = await powerless()
    await source.query(`CREATE SCHEMA s; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE s.mood AS ENUM ();
      CREATE TABLE t (id int PRIMARY KEY, h hstore, x int UNIQUE, m s.mood); CREATE TABLE u (id int PRIMARY KEY)`)
    await target.query(
      `CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM (); CREATE TABLE u (id int PRIMARY KEY); ALTER TABLE u ENABLE ROW LEVEL SECURITY`,
    )
    const tables = await wanted(null, 't', 'u')
    const errors = async () =>
      (await checkTarget(limited, 'm', tables, never))
        .filter(({ severity }) => severity === 'error')
        .map(({ code, subject, message }) => ({ code, subject, message }))
    const database = options.database
    expect(await errors()).toEqual([
      expect.objectContaining({ code: 'target.replica_role_denied', subject: database }),
      expect.objectContaining({ subject: database, message: expect.stringContaining('schemas') }),
      expect.objectContaining({ subject: database, message: expect.stringContaining('temporary') }),
      expect.objectContaining({
        subject: 'schema "public"',
        message: expect.stringContaining('USAGE, CREATE'),
      }),
      expect.objectContaining({ code: 'target.row_security', subject: 'public.u' }),
      expect.objectContaining({
        subject: 'public.u',
        message: expect.stringContaining('SELECT, INSERT, UPDATE, DELETE, TRUNCATE'),
      }),
    ])
    await target.query(`GRANT SET ON PARAMETER session_replication_role TO "${limited.user}"; GRANT ALL ON DATABASE "${database}" TO "${limited.user}";
      GRANT ALL ON SCHEMA public TO "${limited.user}"; GRANT ALL ON u TO "${limited.user}"; ALTER TABLE u DISABLE ROW LEVEL SECURITY`)
    expect(await errors()).toEqual([])
    const client = await openClient(limited)
    expect(await ensureTables(client, 'm', tables)).toEqual([{ schema: 'public', name: 't' }])
  })

  test('that the check changes nothing', async () => {
    await source.query('CREATE TABLE t (id int PRIMARY KEY)')
    const objects = async () => (await target.query(`SELECT count(*) AS n FROM pg_class`)).rows
    const before = await objects()
    expect((await checkTarget(options, 'm', await wanted(null, 't'), never)).map(({ code }) => code)).toEqual(
      ['target.table_created'],
    )
    expect(await objects()).toEqual(before)
  })
})

test('an extension that the server does not have, or that is in another schema, is told', async () => {
  await source.query(
    `CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE TABLE t (id ext.citext PRIMARY KEY)`,
  )
  await target.query('CREATE EXTENSION citext')
  const [table] = await wanted(null, 't')
  if (table === undefined) throw new Error('nothing described')
  const unknown = {
    kind: 'extension' as const,
    name: '"no such thing"',
    create: 'CREATE EXTENSION "no such thing"',
  }
  const schema = { ...table.schema, requires: [...table.schema.requires, unknown] }
  const findings = await checkTarget(options, 'm', [{ schema, topic: null }], never)
  expect(findings.map(({ code, subject }) => [code, subject])).toEqual([
    ['target.extension_missing', 'extension no such thing'],
    ['target.table_created', 'public.t'],
    ['target.type_differs', 'extension "citext"'],
  ])
})
