import type { Service } from '../../../core/service.ts'
import type { Telemetry } from '../../../core/telemetry.ts'
import { every } from '../../../core/time.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { noticeOurEnd } from '../../../databases/postgres/notice-our-end.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { Log } from '../../../kafka/log.ts'
import { Finisher } from './finisher.ts'
import { withSession } from '../../../databases/postgres/with-session.ts'

export interface FinishOptions {
  readonly migration: string
  /** Name of the target. */
  readonly target: string
  readonly connection: ConnectionOptions
  readonly log: Log
  readonly telemetry: Telemetry
  /** How often to look; default 2 seconds. */
  readonly pollMs?: number
}

/**
 * Completes the tables of a target: when every table is copied and the sink has applied the copies, it builds their indexes
 * and constraints. What rows do not allow yet is tried again and stops nobody. May run beside every sink of the target: one at
 * a time works, and goes on where another was ended. Rejects with `postgres.*` and `kafka.*`; it can be run again.
 */
export function finishService({ pollMs = 2_000, ...options }: FinishOptions): Service {
  const { migration, target, log, telemetry, connection } = options
  return {
    name: `finish ${target}`,
    async run(signal) {
      // By another name than the sink's sessions, which tell each other by theirs who is alive.
      const applicationName = `${connection.applicationName} finish`
      try {
        await withSession({ ...connection, applicationName }, signal, async client => {
          await query(client, 'prepare the session of the finish', sessionSettings)
          await noticeOurEnd(client)
          const finisher = new Finisher({ migration, target, client, log, telemetry, firstPauseMs: pollMs })
          for await (const _ of every(pollMs, signal)) await finisher.step(signal)
        })
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
  }
}

// Whoever waits for a lock keeps everybody behind waiting as well, the sink among them.
const sessionSettings = `
SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('lock_timeout', '10s', false)`
