import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { connect } from '../../databases/postgres/connect.ts'
import type { ConnectionOptions, TlsOptions } from '../../databases/postgres/connection-options.ts'
import { copyIn } from '../../databases/postgres/copy-in.ts'
import { query } from '../../databases/postgres/query.ts'
import { RowPortal } from '../../databases/postgres/row-portal.ts'
import { FieldSlices } from '../../schemas/field-slices.ts'
import { withClient } from '../../stack/postgres/connection.ts'
import { newAuthority } from '../support/certificates.ts'
import { freshDatabase } from '../support/fresh-database.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { preparedSource, readTransactions } from '../support/log-reader.ts'
import { openClient } from '../support/open-client.ts'
import { optionsOf } from '../support/postgres-options.ts'
import { servers } from '../support/servers.ts'
import { startTlsPostgres, type TlsPostgres } from '../support/tls-postgres.ts'

failOnLeaks()

let database: TlsPostgres

beforeAll(async () => {
  database = await startTlsPostgres()
  await withClient(database.server.url, client =>
    client.query(
      `CREATE ROLE certified; CREATE ROLE carla LOGIN REPLICATION IN ROLE certified; CREATE ROLE paul LOGIN REPLICATION PASSWORD 'right'`,
    ),
  )
})
afterAll(() => database.stop())

const paul = (ssl: TlsOptions): ConnectionOptions => ({
  host: database.server.host,
  port: database.server.port,
  database: 'postgres',
  user: 'paul',
  password: new Secret('right'),
  applicationName: 'switchback test',
  ssl,
})

/** How plain and replication connections end: both, since both carry rows. */
async function outcomes(options: ConnectionOptions): Promise<readonly string[]> {
  return [await outcome(options), await outcome({ ...options, replication: true })]
}

async function outcome(options: ConnectionOptions): Promise<string> {
  try {
    const client = await connect(options)
    const [session] = await query<{ encrypted: boolean }>(
      client,
      'look at the session',
      'SELECT ssl AS encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    )
    await client.end()
    return session?.encrypted === true ? 'encrypted' : 'plain'
  } catch (error) {
    if (error instanceof MigrationError) return error.code
    throw error
  }
}

const refused = ['postgres.tls', 'postgres.tls']
const encrypted = ['encrypted', 'encrypted']

describe('connections for queries and for replication', () => {
  test('are encrypted and verified when the authority and the host are right', async () => {
    const ca = database.authority.cert
    for (const mode of ['require', 'verify-ca', 'verify-full'] as const)
      expect(await outcomes(paul({ mode, ca })), mode).toEqual(encrypted)
    expect(await outcomes(paul({ mode: 'require' })), 'require asks nobody').toEqual(encrypted)
  })

  test('are refused without the authority, and with another one', async () => {
    const other = newAuthority('authority of the database').cert
    for (const mode of ['verify-ca', 'verify-full'] as const) {
      expect(await outcomes(paul({ mode })), mode).toEqual(refused)
      expect(await outcomes(paul({ mode, ca: other })), mode).toEqual(refused)
    }
    expect(await outcomes(paul({ mode: 'require', ca: other })), 'an authority is asked').toEqual(refused)
  })

  test('are refused when the certificate is for another host, and when it has expired', async () => {
    const ca = database.authority.cert
    const until = new Date(Date.now() - 60_000)
    const shown = { commonName: 'database', hosts: ['127.0.0.1'] }
    onTestFinished(() => database.present(database.authority.issue(shown)))
    await database.present(database.authority.issue({ ...shown, hosts: ['localhost', '127.0.0.2'] }))
    expect(await outcomes(paul({ mode: 'verify-full', ca }))).toEqual(refused)
    expect(await outcomes(paul({ mode: 'verify-ca', ca })), 'verify-ca takes any host').toEqual(encrypted)
    await database.present(database.authority.issue({ ...shown, until }))
    expect(await outcomes(paul({ mode: 'verify-full', ca }))).toEqual(refused)
    expect(await outcomes(paul({ mode: 'verify-ca', ca }))).toEqual(refused)
  })

  test('are never plain where TLS was asked for: a server without it is refused', async () => {
    const { host, port } = servers().source
    for (const mode of ['require', 'verify-full'] as const)
      expect(await outcomes({ ...paul({ mode }), host, port })).toEqual(refused)
  })

  test('are opened by a client certificate, and only by one that is right', async () => {
    const ca = database.authority.cert
    const by = ({ cert, key }: { cert: string; key: string }): ConnectionOptions => {
      const { password: _, ...carla } = paul({ mode: 'verify-full', ca, cert, key: new Secret(key) })
      return { ...carla, user: 'carla' }
    }
    const denied = ['postgres.auth', 'postgres.auth']
    expect(await outcomes(by(database.authority.issue({ commonName: 'carla' })))).toEqual(encrypted)
    expect(await outcomes(by(database.authority.issue({ commonName: 'paul' })))).toEqual(denied)
    expect(await outcomes(by(newAuthority('another').issue({ commonName: 'carla' })))).toEqual(refused)
    expect(await outcomes({ ...paul({ mode: 'verify-full', ca }), user: 'carla' })).toEqual(denied)
  })
})

test('COPY, portals and the stream run over TLS', async () => {
  const own = await freshDatabase(database.server)
  const options = {
    ...optionsOf(own),
    ssl: { mode: 'verify-full', ca: database.authority.cert } as const,
  }
  const client = await openClient(options)
  await query(client, 'make a table', 'CREATE TABLE t (id int PRIMARY KEY, note text)')
  const source = await preparedSource(options, ['t'])
  const lines = Array.from({ length: 50_000 }, (_, id) => `${id}\t${'x'.repeat(200)}\n`)
  expect(await copyIn(client, 'COPY t FROM STDIN', [Buffer.from(lines.join(''))])).toBe(50_000)

  await query(client, 'begin', 'BEGIN')
  let rows = 0
  const portal = new RowPortal(client, { sql: 'SELECT id, note FROM t', parameters: [] }, new FieldSlices(2))
  while ((await portal.fetch(7_000, () => rows++)) === 'suspended');
  await query(client, 'end', 'COMMIT')
  expect(rows).toBe(50_000)

  const stream = await source.open(source.prepared.start)
  expect((await readTransactions(stream, 1)).messages).toHaveLength(50_000)
})
