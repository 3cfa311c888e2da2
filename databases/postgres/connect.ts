import { Client } from 'pg'
import type { ConnectionOptions as NodeTlsOptions } from 'node:tls'
import type { ConnectionOptions, TlsOptions } from './connection-options.ts'
import { startupOptions } from './session-settings.ts'
import { translateError } from './translate-error.ts'
import { wideSocket } from './wide-socket.ts'

/**
 * Opens a session with our settings; `client.end()` closes it. A connection that is cut later never ends the process: the
 * next query rejects. Throws coded errors; queries on the client itself throw the driver's (see `query`).
 */
export async function connect(options: ConnectionOptions): Promise<Client> {
  const ssl = tlsSettings(options.ssl)
  const client = new Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    // A function, so that the driver neither shows the password nor looks for another one in the environment.
    password: () => options.password?.reveal() ?? '',
    ssl,
    // TLS reads the socket by itself.
    ...(ssl === false ? { stream: wideSocket } : {}),
    application_name: options.applicationName,
    options: startupOptions(),
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    ...(options.replication === true ? { replication: 'database' } : {}),
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw translateError(
      error,
      `connect to ${options.host}:${options.port}/${options.database} as ${options.user}`,
    )
  }
}

function tlsSettings(ssl: TlsOptions | undefined): NodeTlsOptions | false {
  if (ssl === undefined || ssl.mode === 'disable') return false
  return {
    rejectUnauthorized: ssl.mode !== 'require',
    ...(ssl.mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    ...(ssl.ca === undefined ? {} : { ca: ssl.ca }),
    ...(ssl.cert === undefined ? {} : { cert: ssl.cert }),
    ...(ssl.key === undefined ? {} : { key: ssl.key.reveal() }),
  }
}
