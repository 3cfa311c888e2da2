import type { ConnectionOptions, TlsOptions } from '../databases/postgres/connection-options.ts'
import type { PostgresConfig, PostgresSsl } from '../schemas/config/postgres-section.ts'

/** How to reach a configured database. `role` becomes part of the session's name: `switchback <migration> <role>`. */
export function connectionOptions(
  postgres: PostgresConfig,
  migration: string,
  role: string,
): ConnectionOptions {
  const { host, port, database, user, password } = postgres
  return {
    host,
    port,
    database,
    user,
    ...(password === null ? {} : { password }),
    ssl: tlsOptions(postgres.ssl),
    applicationName: `switchback ${migration} ${role}`,
  }
}

function tlsOptions(ssl: PostgresSsl): TlsOptions {
  if (ssl.mode === 'disable') return { mode: 'disable' }
  const { mode, ca, cert, key } = ssl
  return {
    mode,
    ...(ca === null ? {} : { ca }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
  }
}
