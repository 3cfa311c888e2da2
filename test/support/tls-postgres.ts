import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { withClient } from '../../stack/postgres/connection.ts'
import { type PostgresServer, startPostgres } from '../../stack/postgres/start-postgres.ts'
import { postgresUser } from '../../stack/postgres/system-user.ts'
import { type Authority, type Certified, newAuthority } from './certificates.ts'

/** A PostgreSQL that takes its superuser over plain connections too, and everybody else over TLS only. */
export interface TlsPostgres {
  readonly server: PostgresServer
  /** Signs what the server shows and what it accepts from clients. */
  readonly authority: Authority
  /** Shows another certificate from now on. */
  present(certified: Certified): Promise<void>
  stop(): Promise<void>
}

/** Roles of the group `certified` log in with a client certificate for their name, the others with a password. */
const access = `
host    all postgres   127.0.0.1/32 scram-sha-256
hostssl all +certified 127.0.0.1/32 cert
hostssl all all        127.0.0.1/32 scram-sha-256
`

/** A new session knows when the server has last read its files. */
const loadTime = (url: string) =>
  withClient(url, async client => (await client.query('SELECT pg_conf_load_time()::text AS at')).rows[0]?.at)

async function reload(url: string): Promise<void> {
  const before = await loadTime(url)
  await withClient(url, client => client.query('SELECT pg_reload_conf()'))
  await expect.poll(() => loadTime(url)).not.toBe(before)
}

/** It shows a certificate for 127.0.0.1. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-tls-'))
  const owner = postgresUser()
  const own = (path: string) => owner && chownSync(path, owner.uid, owner.gid)
  const file = (name: string, content: string) => {
    const path = join(folder, name)
    writeFileSync(path, content, { mode: 0o600 })
    own(path)
    return path
  }
  own(folder)
  const authority = newAuthority('authority of the database')
  const { key, cert } = authority.issue({ commonName: 'database', hosts: ['127.0.0.1'] })
  const server = await startPostgres({
    version: 18,
    settings: {
      ssl: 'on',
      ssl_ca_file: file('ca.crt', authority.cert),
      ssl_cert_file: file('server.crt', cert),
      ssl_key_file: file('server.key', key),
      hba_file: file('access.conf', access),
    },
  })
  return {
    server,
    authority,
    async present(other) {
      file('server.crt', other.cert)
      file('server.key', other.key)
      await reload(server.url)
    },
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}
