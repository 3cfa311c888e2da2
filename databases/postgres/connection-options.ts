import type { Secret } from '../../core/secret.ts'

/** How to reach one PostgreSQL database. */
export interface ConnectionOptions {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password?: Secret
  readonly ssl?: TlsOptions
  /** Default 10 seconds. */
  readonly connectTimeoutMs?: number
  /** Shown in pg_stat_activity: `switchback <migration> <role>`. */
  readonly applicationName: string
  /** True: a walsender session of this database, which accepts START_REPLICATION and SQL alike. */
  readonly replication?: boolean
}

/** libpq's modes. `ca`, `cert` and `key` are PEM texts. */
export interface TlsOptions {
  readonly mode: 'disable' | 'require' | 'verify-ca' | 'verify-full'
  readonly ca?: string
  readonly cert?: string
  readonly key?: Secret
}
