import type { Client } from 'pg'
import { MigrationError } from '../../../core/errors.ts'
import type { Service } from '../../../core/service.ts'
import type { Telemetry } from '../../../core/telemetry.ts'
import { every } from '../../../core/time.ts'
import { connect } from '../../../databases/postgres/connect.ts'
import type { ConnectionOptions } from '../../../databases/postgres/connection-options.ts'
import { query } from '../../../databases/postgres/query.ts'
import type { Log } from '../../../kafka/log.ts'
import { Finisher } from './finisher.ts'

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
      const client = await connect({ ...connection, applicationName })
      // Ends a statement that is running.
      const onAbort = () => void client.end().catch(() => undefined)
      signal.addEventListener('abort', onAbort)
      try {
        await query(client, 'prepare the session of the finish', sessionSettings)
        await watchForLostClient(client)
        const finisher = new Finisher({ migration, target, client, log, telemetry, firstPauseMs: pollMs })
        for await (const _ of every(pollMs, signal)) await finisher.step(signal)
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', onAbort)
        await client.end().catch(() => undefined)
      }
    },
  }
}

// Whoever waits for a lock keeps everybody behind waiting as well, the sink among them.
const sessionSettings = `
SELECT pg_catalog.set_config('search_path', '', false), pg_catalog.set_config('lock_timeout', '10s', false)`

const checkInterval = `
SELECT pg_catalog.set_config('client_connection_check_interval', '1s', false)
WHERE pg_catalog.current_setting('server_version_num')::int >= 140000`

/** Makes the server give up a long build whose process is gone, instead of keeping its locks to the end. */
async function watchForLostClient(client: Client): Promise<void> {
  try {
    await query(client, 'let the server watch for lost clients', checkInterval)
  } catch (error) {
    // Servers on some platforms cannot, and refuse the value.
    if (!(error instanceof MigrationError) || error.details['sqlState'] !== '22023') throw error
  }
}
