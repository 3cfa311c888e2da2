import type { RoleName } from '../role.ts'
import type { ProcessResources } from './process-resources.ts'
import type { ServerSessions } from './server-sessions.ts'

/** What everything was at one moment. */
export interface Sample {
  /** Since the beginning, milliseconds. */
  readonly atMs: number
  readonly cycle: number
  readonly transactions: number
  /** Offsets passed in the target of this cycle; null while it cannot be asked. */
  readonly applied: number | null
  readonly lag: number | null
  readonly roles: Readonly<Record<RoleName, RoleSample | null>>
  readonly kafka: ProcessResources | null
  readonly source: ServerSessions | null
  readonly target: ServerSessions | null
  /** Of all servers. */
  readonly diskMb: number
}

export interface RoleSample extends ProcessResources {
  readonly pid: number
  readonly ageMs: number
  /** Null when it did not answer. */
  readonly timers: number | null
}
