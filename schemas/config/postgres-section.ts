import * as z from 'zod'
import type { Secret } from '../../core/secret.ts'
import { secretReference } from './file-or-env.ts'
import type { SecretReader } from './secret-reader.ts'
import { certWithKey, readTlsFiles, type TlsFiles, tlsFileKeys } from './tls-files.ts'

/** One PostgreSQL database and how to log in, with secrets and files read. */
export interface PostgresConfig {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  /** Null: the server asks for none (trust, peer, client certificate). */
  readonly password: Secret | null
  readonly ssl: PostgresSsl
}

/** libpq's meaning of the modes. `verify-*` without `ca` trusts the system's authorities. */
export type PostgresSsl =
  | { readonly mode: 'disable' }
  | ({ readonly mode: 'require' | 'verify-ca' | 'verify-full' } & TlsFiles)

const sslSection = z
  .strictObject({
    mode: z
      .enum(['disable', 'require', 'verify-ca', 'verify-full'])
      .default('disable')
      .describe(
        'As in libpq: `require` encrypts, `verify-ca` also checks the certificate (so does `require` with a `ca`), `verify-full` also the host name.',
      ),
    ...tlsFileKeys('the server certificate'),
  })
  .refine(...certWithKey)
  .refine(ssl => ssl.mode !== 'disable' || (ssl.ca ?? ssl.cert) === undefined, {
    error: 'nothing is encrypted with mode disable: give another mode, such as verify-full',
  })
  .prefault({})
  .describe('Encryption of the connection.')

export const postgresSection = z
  .strictObject({
    host: z.string().min(1).describe('Host name, IP address, or the folder of a unix socket.'),
    port: z.int().min(1).max(65_535).default(5432).describe('TCP port.'),
    database: z.string().min(1).describe('Name of the database.'),
    user: z.string().min(1).describe('Role to log in as.'),
    password: secretReference
      .optional()
      .describe('Where the password is found; leave it out when the server asks for none.'),
    ssl: sslSection,
  })
  .describe('A PostgreSQL database.')

export function resolvePostgres(
  raw: z.output<typeof postgresSection>,
  path: string,
  read: SecretReader,
): PostgresConfig {
  const { host, port, database, user } = raw
  const password = raw.password === undefined ? null : read.secret(raw.password, `${path}.password`)
  return { host, port, database, user, password, ssl: resolveSsl(raw.ssl, `${path}.ssl`, read) }
}

function resolveSsl(raw: z.output<typeof sslSection>, path: string, read: SecretReader): PostgresSsl {
  if (raw.mode === 'disable') return { mode: 'disable' }
  return { mode: raw.mode, ...readTlsFiles(raw, path, read) }
}
