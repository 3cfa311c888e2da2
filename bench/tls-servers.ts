import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from '../core/cleanup.ts'
import type { KafkaOptions } from '../stack/kafka/start-kafka.ts'
import { postgresUser } from '../stack/postgres/system-user.ts'
import { newAuthority } from '../test/support/certificates.ts'
import { tlsListener } from '../test/support/tls-listener.ts'

/** The name of the broker's encrypted listener. */
export const tlsListenerName = 'TLS'

/** Settings that let the servers show certificates of one authority. */
export interface TlsServers {
  /** PEM. */
  readonly ca: string
  readonly kafka: KafkaOptions
  readonly postgres: Readonly<Record<string, string>>
}

/** Keys and certificates for 127.0.0.1, in a folder that is removed with the servers. */
export function tlsServers(cleanup: Cleanup): TlsServers {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-bench-tls-'))
  cleanup.add(async () => rmSync(folder, { recursive: true }))
  const authority = newAuthority('authority of the bench')
  const server = authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] })
  const files = { ssl_cert_file: join(folder, 'server.crt'), ssl_key_file: join(folder, 'server.key') }
  writeFileSync(files.ssl_cert_file, server.cert)
  writeFileSync(files.ssl_key_file, server.key, { mode: 0o600 })
  const owner = postgresUser()
  if (owner !== undefined)
    for (const path of [folder, ...Object.values(files)]) chownSync(path, owner.uid, owner.gid)
  return {
    ca: authority.cert,
    kafka: {
      listeners: { [tlsListenerName]: 'SSL' },
      properties: tlsListener(folder, tlsListenerName, server),
    },
    postgres: { ssl: 'on', ...files },
  }
}
