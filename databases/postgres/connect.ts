import { Client } from 'pg'
import type { ConnectionOptions as NodeTlsOptions } from 'node:tls'
import { MigrationError } from '../../core/errors.ts'
import { askingSockets } from './asking-socket.ts'
import { cancellable } from './cancellable.ts'
import { closeSession } from './close-session.ts'
import type { ConnectionOptions, TlsOptions } from './connection-options.ts'
import { startupOptions } from './session-settings.ts'
import { translateError } from './translate-error.ts'
import { wideSocket } from './wide-socket.ts'

/**
 * Opens a session with our settings, unless the signal aborts meanwhile; `closeSession` closes it. A connection that is cut later never ends the process: the
 * next query rejects. Throws coded errors; queries on the client itself throw the driver's (see `query`).
 */
export async function connect(options: ConnectionOptions, signal?: AbortSignal): Promise<Client> {
  const ssl = tlsSettings(options.ssl)
  const sockets = askingSockets()
  const client = new Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.user,
    // A function, so that the driver neither shows the password nor looks for another one in the environment.
    password: () => options.password?.reveal() ?? '',
    ssl,
    // TLS reads the socket by itself.
    stream: ssl === false ? wideSocket : sockets.open,
    application_name: options.applicationName,
    options: startupOptions(),
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    ...(options.replication === true ? { replication: 'database' } : {}),
  })
  client.on('error', () => undefined)
  try {
    await (signal === undefined ? client.connect() : cancellable(client, signal, () => client.connect()))
    return client
  } catch (error) {
    // When TLS has failed, the driver would wait for ever for a farewell to be sent.
    sockets.destroy()
    await closeSession(client)
    signal?.throwIfAborted()
    const doing = `connect to ${options.host}:${options.port}/${options.database} as ${options.user}`
    if (sockets.refused()) throw new MigrationError('postgres.tls', `${doing}: the server does not offer TLS`)
    throw translateError(error, doing)
  }
}

function tlsSettings(ssl: TlsOptions | undefined): NodeTlsOptions | false {
  if (ssl === undefined || ssl.mode === 'disable') return false
  return {
    // As libpq does: whoever names an authority wants it to be asked.
    rejectUnauthorized: ssl.mode !== 'require' || ssl.ca !== undefined,
    ...(ssl.mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...(ssl.ca === undefined ? {} : { ca: ssl.ca }),
    ...(ssl.cert === undefined ? {} : { cert: ssl.cert }),
    ...(ssl.key === undefined ? {} : { key: ssl.key.reveal() }),
  }
}
