import type { Databases } from './databases.ts'
import type { BenchServers } from './servers.ts'

/** What every measurement needs. */
export interface Bench {
  readonly servers: BenchServers
  readonly databases: Databases
  /** Of the bench: passwords of the databases are kept here. */
  readonly folder: string
  readonly profile: string | null
  readonly compression: 'none' | 'lz4'
  readonly signal: AbortSignal
}
