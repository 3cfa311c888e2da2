import type { Client } from 'pg'
import { beforeEach, describe, expect, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../databases/postgres/connection-options.ts'
import { copyIn } from '../../databases/postgres/copy-in.ts'
import { quoteIdentifier, quoteLiteral } from '../../databases/postgres/quote.ts'
import { query } from '../../databases/postgres/query.ts'
import { RowPortal } from '../../databases/postgres/row-portal.ts'
import { FieldSlices } from '../../schemas/field-slices.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'

failOnLeaks()

const code = (error: unknown) => (error instanceof MigrationError ? error.code : error)
const codeOf = (work: Promise<unknown>) => work.then(() => 'no error', code)

function texts(row: FieldSlices): (string | null)[] {
  return Array.from(row.lengths, (length, i) => {
    const start = row.starts[i] ?? 0
    return length < 0 ? null : row.buffer.toString('utf8', start, start + length)
  })
}

function* wideRows() {
  for (let from = 0; from < 20_000; from += 500) {
    yield Buffer.from(Array.from({ length: 500 }, (_, i) => `${from + i}\t${'x'.repeat(1000)}\n`).join(''))
  }
}

function* sameKeyFirst() {
  yield Buffer.from('1\tsecret\n1\tsecret\n')
  for (let id = 2; id < 200_000; id++) yield Buffer.from(`${id}\t${'y'.repeat(200)}\n`)
}

function* failing() {
  yield Buffer.from('1\ta\n')
  throw new MigrationError('postgres.failed', 'no more')
}

describe.each(['source', 'target'] as const)('on the %s server', role => {
  let options: ConnectionOptions
  let client: Client

  beforeEach(async () => {
    options = optionsOf(await freshDatabase(servers()[role]))
    client = await openClient(options)
    await query(client, 'make a table', 'CREATE TABLE t (id int PRIMARY KEY, note text)')
  })

  test('a session prints values in one form whatever the role is set to', async () => {
    await query(
      client,
      'set',
      `ALTER ROLE ${quoteIdentifier(options.user)} IN DATABASE ${quoteIdentifier(options.database)} SET datestyle = 'German'`,
    )
    const other = await openClient(options)
    const [row] = await query(
      other,
      'print',
      `SELECT date '2024-02-03'::text AS d, interval '1 day 2 hours'::text AS i, '\\x0aff'::bytea::text AS b`,
    )
    expect(row).toEqual({ d: '2024-02-03', i: 'P1DT2H', b: '\\x0aff' })
  })

  test('COPY moves more bytes than the socket holds and reports the rows', async () => {
    expect(await copyIn(client, 'COPY t FROM STDIN', wideRows())).toBe(20_000)
    expect(await query(client, 'count', 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 20_000 }])
  })

  test('a refused COPY names the constraint without values, stores nothing and leaves the client usable', async () => {
    const error: unknown = await copyIn(client, 'COPY t FROM STDIN', sameKeyFirst()).catch(
      (caught: unknown) => caught,
    )
    expect(code(error)).toBe('postgres.row_refused')
    expect(error).toMatchObject({ details: { sqlState: '23505', constraint: 't_pkey' } })
    const bad: unknown = await copyIn(client, 'COPY t FROM STDIN', [Buffer.from('secret\tx\n')]).catch(
      (caught: unknown) => caught,
    )
    expect(code(bad)).toBe('postgres.row_refused')
    expect(JSON.stringify(bad) + String(bad) + String((bad as Error).cause)).not.toContain('secret')
    expect(await query(client, 'count', 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 0 }])
  })

  test('a producer that fails during COPY gives its own error, stores nothing and leaves the client usable', async () => {
    await expect(copyIn(client, 'COPY t FROM STDIN', failing())).rejects.toThrow('no more')
    expect(await query(client, 'count', 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 0 }])
  })

  test('a portal gives rows in bounded steps, between which other queries run', async () => {
    await query(
      client,
      'fill',
      `INSERT INTO t SELECT i, CASE WHEN i % 3 = 0 THEN NULL WHEN i % 3 = 1 THEN '' ELSE repeat('ä', i) END FROM generate_series(1, 1000) i`,
    )
    await query(client, 'begin', 'BEGIN')
    const portal = new RowPortal(
      client,
      {
        sql: 'SELECT id, note FROM t WHERE id > $1::int ORDER BY id',
        parameters: ['10'],
      },
      new FieldSlices(2),
    )
    const rows: (string | null)[][] = []
    let steps = 0
    for (let end = 'suspended'; end === 'suspended'; steps++) {
      end = await portal.fetch(300, row => rows.push(texts(row)))
      expect(await query(client, 'between', 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    }
    await portal.close()
    await query(client, 'end', 'COMMIT')
    expect(steps).toBe(4)
    expect(rows).toHaveLength(990)
    expect(rows.slice(0, 3)).toEqual([
      ['11', 'ä'.repeat(11)],
      ['12', null],
      ['13', ''],
    ])
  })

  test('rows of many megabytes arrive whole', async () => {
    await query(
      client,
      'fill',
      `INSERT INTO t SELECT i, repeat('0123456789', 2000000) FROM generate_series(1, 2) i`,
    )
    await query(client, 'begin', 'BEGIN')
    const portal = new RowPortal(
      client,
      {
        sql: 'SELECT id, note FROM t ORDER BY id',
        parameters: [],
      },
      new FieldSlices(2),
    )
    const sizes: number[] = []
    await portal.fetch(0, row => sizes.push(row.lengths[1] ?? 0))
    await query(client, 'end', 'COMMIT')
    expect(sizes).toEqual([20_000_000, 20_000_000])
  })

  test('a row callback that throws, and a wrong statement, reject and leave the client usable', async () => {
    await query(client, 'fill', 'INSERT INTO t SELECT i FROM generate_series(1, 5000) i')
    await query(client, 'begin', 'BEGIN')
    const portal = new RowPortal(client, { sql: 'SELECT id FROM t', parameters: [] }, new FieldSlices(1))
    const fetching = portal.fetch(0, () => {
      throw new MigrationError('config.invalid', 'stop here')
    })
    await expect(fetching).rejects.toThrow('stop here')
    const wrong = new RowPortal(client, { sql: 'SELECT nothing FROM t', parameters: [] }, new FieldSlices(1))
    expect(await codeOf(wrong.fetch(0, () => undefined))).toBe('postgres.failed')
    await query(client, 'end', 'ROLLBACK')
    expect(await query(client, 'after', 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('a connection cut by the server rejects what is running as unreachable and never ends the process', async () => {
    const [me] = await query<{ pid: number }>(client, 'pid', 'SELECT pg_backend_pid() AS pid')
    const killer = await openClient(options)
    await query(client, 'begin', 'BEGIN')
    const portal = new RowPortal(
      client,
      { sql: 'SELECT pg_sleep(60)::text', parameters: [] },
      new FieldSlices(1),
    )
    const running = codeOf(portal.fetch(0, () => undefined))
    await query(killer, 'kill', 'SELECT pg_terminate_backend($1)', [me?.pid])
    expect(await running).toBe('postgres.unreachable')
    expect(await codeOf(query(client, 'later', 'SELECT 1'))).toBe('postgres.unreachable')
  })

  test('errors of connecting are told apart', async () => {
    expect(await codeOf(connect({ ...options, password: new Secret('wrong') }))).toBe('postgres.auth')
    expect(await codeOf(connect({ ...options, database: 'nowhere' }))).toBe('postgres.database_missing')
    expect(await codeOf(connect({ ...options, port: 1 }))).toBe('postgres.unreachable')
    expect(await codeOf(connect({ ...options, host: 'nowhere.invalid' }))).toBe('postgres.unreachable')
  })

  test('quoting is exact for every character', async () => {
    const name = `we"ird '\\ näme`
    expect(await query(client, 'quote', `SELECT ${quoteLiteral(name)} AS ${quoteIdentifier(name)}`)).toEqual([
      { [name]: name },
    ])
  })
})
