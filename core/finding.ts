/** One result of a preflight check. `error` forbids the migration, `warning` needs a decision, `info` is good to know. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info'
  /** Stable and documented, for example `source.wal_level`. */
  readonly code: string
  /** What it is about: a table, a setting, a server. */
  readonly subject: string
  readonly message: string
  /** What to do; empty only for `info`. */
  readonly remedy: string
}
