import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { postgresConnector } from '../../connectors/postgres/postgres-connector.ts'
import { objectNames } from '../../connectors/postgres/object-names.ts'
import { Secret } from '../../core/secret.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

async function codes(connection: ConnectionOptions, include = ['public.*'], migration = 'check-test') {
  const connector = postgresConnector({ connection, migration, tables: { include, exclude: [] } })
  const findings = await connector.check([], new AbortController().signal)
  return findings.map(finding => [finding.code, finding.severity, finding.subject])
}

describe.each(['source', 'target'] as const)('on the %s server', role => {
  let options: ConnectionOptions
  let app: Client

  beforeEach(async () => {
    options = optionsOf(await freshDatabase(servers()[role]))
    app = await openClient(options)
  })

  test('a database that is fit has no findings but the general one on the disk', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY)')
    expect(await codes(options)).toEqual([['source.wal_unbounded', 'warning', 'max_slot_wal_keep_size']])
  })

  test('every peculiarity of a table is reported at once, and nothing is changed', async () => {
    await app.query(`CREATE TABLE log (note text); CREATE TABLE bag (note text); ALTER TABLE bag REPLICA IDENTITY FULL;
      CREATE TABLE mute (id int PRIMARY KEY); ALTER TABLE mute REPLICA IDENTITY NOTHING;
      CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p DEFAULT;
      CREATE TABLE base (id int PRIMARY KEY); CREATE TABLE child (PRIMARY KEY (id)) INHERITS (base);
      CREATE TABLE made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
      CREATE UNLOGGED TABLE fast (id int PRIMARY KEY); CREATE VIEW v AS SELECT 1 AS one`)
    const found = await codes(options, ['public.*', 'public.nowhere', 'nothing.*'])
    expect(new Set(found.map(([code, severity, subject]) => `${code} ${severity} ${subject}`))).toEqual(
      new Set([
        'source.append_only warning public.log',
        'source.keyless_full warning public.bag',
        'source.identity_nothing error public.mute',
        'source.partitioned warning public.p',
        'source.inherited warning public.base',
        'source.identity_columns info public.made',
        'source.generated_columns info public.made',
        'source.unlogged warning public.fast',
        'source.view info public.v',
        'source.pattern_unmatched error public.nowhere',
        'source.pattern_unmatched warning nothing.*',
        'source.wal_unbounded warning max_slot_wal_keep_size',
      ]),
    )
    const { rows } = await app.query(
      'SELECT pubname FROM pg_publication UNION ALL SELECT slot_name FROM pg_replication_slots WHERE database = current_database()',
    )
    expect(rows).toEqual([])
  })

  test('a partition that the log does not tell about is an error, and refused at a start', async () => {
    await app.query(`CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
      CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (90) PARTITION BY RANGE (id);
      CREATE UNLOGGED TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20);
      CREATE EXTENSION postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
      CREATE FOREIGN TABLE p22 PARTITION OF p2 FOR VALUES FROM (20) TO (30) SERVER elsewhere`)
    const connector = postgresConnector({
      connection: options,
      migration: 'check-test',
      tables: { include: ['public.p'], exclude: [] },
    })
    const { signal } = new AbortController()
    const found = (await connector.check([], signal)).filter(({ severity }) => severity === 'error')
    expect(found.map(({ code, subject, message }) => [code, subject, message.slice(0, 43)])).toEqual([
      ['source.unlogged_partition', 'public.p', 'The partition public.p21 of public.p is unl'],
      ['source.unlogged_partition', 'public.p', 'The partition public.p22 of public.p is a f'],
    ])
    const tables = await connector.tables(signal)
    await expect(connector.describe(tables, signal)).rejects.toMatchObject({
      code: 'source.unlogged_partition',
      message: expect.stringContaining('public.p21'),
    })
    await app.query('ALTER TABLE p21 SET LOGGED; DROP FOREIGN TABLE p22')
    expect((await connector.describe(tables, signal)).map(({ table }) => table.name)).toEqual(['p'])
  })

  test('a role without rights learns of all that it lacks', async () => {
    await app.query(
      `CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE secret (id int PRIMARY KEY); ALTER TABLE secret ENABLE ROW LEVEL SECURITY`,
    )
    const user = `limited_${randomBytes(4).toString('hex')}`
    await app.query(`CREATE ROLE ${user} LOGIN PASSWORD 'x'; GRANT SELECT ON secret TO ${user}`)
    onTestFinished(async () => {
      const client = await connect({ ...options, database: 'postgres' })
      await client.query(`DROP ROLE ${user}`)
      await client.end()
    })
    // Runs before the role is dropped.
    onTestFinished(async () => void (await app.query(`DROP OWNED BY ${user}`)))
    const found = await codes({ ...options, user, password: new Secret('x') })
    expect(found.filter(([, severity]) => severity === 'error')).toEqual([
      ['source.no_replication', 'error', user],
      ['source.no_publication', 'error', user],
      ['source.not_owner', 'error', 'public.secret'],
      ['source.row_security', 'error', 'public.secret'],
      ['source.no_select', 'error', 'public.t'],
      ['source.not_owner', 'error', 'public.t'],
    ])
  })

  test('a slot of our name that is not ours is an error', async () => {
    await app.query('CREATE TABLE t (id int PRIMARY KEY)')
    const { slot } = objectNames('check-test')
    await app
      .query(`SELECT pg_create_logical_replication_slot($1, 'test_decoding')`, [slot])
      .catch(() => undefined)
    onTestFinished(
      async () =>
        void (await app.query(
          'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
          [slot],
        )),
    )
    const found = await codes(options)
    expect(found).toContainEqual(['source.slot_foreign', 'error', slot])
  })

  test('no table at all is an error', async () => {
    expect(await codes(options)).toContainEqual(['source.no_tables', 'error', 'source.tables'])
  })

  test('a server that cannot be reached rejects instead', async () => {
    await expect(codes({ ...options, port: 1 })).rejects.toMatchObject({ code: 'postgres.unreachable' })
  })
})

test('a server without logical log, without free slots, with a prepared transaction is reported', async () => {
  const settings = {
    wal_level: 'replica',
    max_replication_slots: 1,
    max_prepared_transactions: 5,
    max_slot_wal_keep_size: '100MB',
  }
  const server = await startPostgres({ version: 15, settings })
  onTestFinished(() => server.stop())
  const options = optionsOf({ server, name: 'postgres', url: server.url })
  const app = await connect(options)
  await app.query(`CREATE TABLE t (id int PRIMARY KEY); SELECT pg_create_physical_replication_slot('taken')`)
  await app.query(`BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'waiting'`)
  await app.end()
  expect(await codes(options)).toEqual([
    ['source.wal_level', 'error', 'wal_level'],
    ['source.slots_exhausted', 'error', 'max_replication_slots'],
    ['source.wal_limited', 'warning', 'max_slot_wal_keep_size'],
    ['source.prepared_transaction', 'warning', 'waiting'],
  ])
})
