import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { MigrationError } from '../../core/errors.ts'
import { connect } from '../../databases/postgres/connect.ts'
import { copyIn } from '../../databases/postgres/copy-in.ts'
import { query } from '../../databases/postgres/query.ts'
import { RowPortal } from '../../databases/postgres/row-portal.ts'
import { FieldSlices } from '../../schemas/field-slices.ts'
import { startPostgres } from '../../stack/postgres/start-postgres.ts'
import { postgresUser } from '../../stack/postgres/system-user.ts'
import { failOnLeaks } from '../support/leaks.ts'
import { preparedSource, readTransactions } from '../support/log-reader.ts'
import { optionsOf } from '../support/postgres-options.ts'

failOnLeaks()

/** A key and a certificate for 127.0.0.1 that the server may read. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const key = join(folder, 'server.key')
  const cert = join(folder, 'server.crt')
  const subject = ['-subj', '/CN=somewhere.else', '-addext', 'subjectAltName=DNS:somewhere.else']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject],
    { stdio: 'pipe' },
  )
  const user = postgresUser()
  if (user !== undefined) for (const path of [folder, key, cert]) chownSync(path, user.uid, user.gid)
  return { key, cert }
}

// Nothing else can make a certificate here.
const hasOpenssl = spawnSync('openssl', ['version']).status === 0

test.skipIf(!hasOpenssl)(
  'COPY, portals and the stream run over TLS, and certificates are checked as the mode says',
  async () => {
    const { key, cert } = certificate()
    const server = await startPostgres({
      version: 18,
      settings: { ssl: 'on', ssl_key_file: key, ssl_cert_file: cert },
    })
    onTestFinished(() => server.stop())
    const ca = readFileSync(cert, 'utf8')
    const plain = optionsOf({ server, name: 'postgres', url: server.url })
    const options = { ...plain, ssl: { mode: 'verify-ca', ca } as const }
    const codeOf = (mode: 'require' | 'verify-ca' | 'verify-full', authority?: string) =>
      connect({ ...plain, ssl: { mode, ...(authority === undefined ? {} : { ca: authority }) } }).then(
        async client => {
          await client.end()
          return 'connected'
        },
        (error: unknown) => (error instanceof MigrationError ? error.code : error),
      )
    expect([
      await codeOf('require'),
      await codeOf('verify-ca'),
      await codeOf('verify-ca', ca),
      await codeOf('verify-full', ca),
    ]).toEqual(['connected', 'postgres.tls', 'connected', 'postgres.tls'])

    const client = await connect(options)
    onTestFinished(() => client.end())
    await query(client, 'make a table', 'CREATE TABLE t (id int PRIMARY KEY, note text)')
    const source = await preparedSource(options, ['t'])
    const lines = Array.from({ length: 50_000 }, (_, id) => `${id}\t${'x'.repeat(200)}\n`)
    expect(await copyIn(client, 'COPY t FROM STDIN', [Buffer.from(lines.join(''))])).toBe(50_000)

    await query(client, 'begin', 'BEGIN')
    let rows = 0
    const portal = new RowPortal(
      client,
      { sql: 'SELECT id, note FROM t', parameters: [] },
      new FieldSlices(2),
    )
    while ((await portal.fetch(7_000, () => rows++)) === 'suspended');
    await query(client, 'end', 'COMMIT')
    expect(rows).toBe(50_000)

    const stream = await source.open(source.prepared.start)
    expect((await readTransactions(stream, 1)).messages).toHaveLength(50_000)
  },
)
