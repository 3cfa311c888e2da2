import { Socket } from 'node:net'
import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { sleep } from '../../core/time.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { query } from './query.ts'
import { type Session, withSession } from './with-session.ts'

export interface WatchPace {
  /** How long a session may wait for its server before anybody looks. */
  readonly firstMs: number
  readonly againMs: number
  /** So many looks in a row that reach nobody, and the session is given up as well. */
  readonly unreachable: number
}

export const usualPace: WatchPace = { firstMs: 30_000, againMs: 10_000, unreachable: 5 }

/** Who a session is at its server. */
interface Identity {
  readonly pid: number
  readonly begun: string
  /** When the server was started: behind one address there may be several. */
  readonly server: string
}

interface Look extends Omit<Identity, 'pid'> {
  /** Since when its process only waits for us; null: it is at work. */
  readonly idleSince: string | null
}

const ownIdentity = `
SELECT pid, backend_start::text AS begun, pg_catalog.pg_postmaster_start_time()::text AS server
FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()`

const lookAt = `
SELECT coalesce(a.backend_start::text, '') AS begun, pg_catalog.pg_postmaster_start_time()::text AS server,
       CASE WHEN a.wait_event_type = 'Client' THEN a.state_change::text END AS "idleSince"
FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = $1`

const endLost = `
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND backend_start::text = $2`

/**
 * Looks after a session that waits for its server: asks, in sessions of its own, whether the server still works for it. A network that
 * loses a connection without a word would keep it waiting for a quarter of an hour, and its locks at the server for as long.
 */
export class SessionWatch {
  readonly #client: Client
  readonly #options: ConnectionOptions
  readonly #pace: WatchPace
  readonly #identity: Identity

  private constructor(client: Client, identity: Identity, options: ConnectionOptions, pace: WatchPace) {
    this.#client = client
    this.#identity = identity
    // By another name than the session's, by which instances may tell each other.
    this.#options = { ...options, applicationName: `${options.applicationName} watch` }
    this.#pace = pace
  }

  static async of(client: Client, options: ConnectionOptions, pace = usualPace): Promise<SessionWatch> {
    const [identity] = await query<Identity & Record<string, unknown>>(client, 'ask who we are', ownIdentity)
    if (identity === undefined) throw new MigrationError('postgres.failed', 'the server does not list us')
    return new SessionWatch(client, identity, options, pace)
  }

  /** Does work on the session, and cuts it when it turns out to be lost: then throws `postgres.unreachable`. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const done = new AbortController()
    let watching: Promise<void> | undefined
    let lost: MigrationError | null = null
    const watch = async () => {
      const why = await this.#untilLost(done.signal)
      if (why === null) return
      lost = new MigrationError('postgres.unreachable', why)
      this.#client.connection.stream.destroy()
    }
    const timer = setTimeout(() => {
      watching = watch()
    }, this.#pace.firstMs)
    try {
      return await work()
    } catch (error) {
      throw lost ?? error
    } finally {
      clearTimeout(timer)
      done.abort()
      await watching
    }
  }

  /** Resolves with the reason to give the session up, which its server has done then; null when `done` aborts first. */
  async #untilLost(done: AbortSignal): Promise<string | null> {
    let unreachable = 0
    let before: string | null = null
    while (!done.aborted) {
      const { reached, ended, standstill } = await this.#look(done)
      if (ended) return 'the server has ended the session'
      if (standstill !== null && standstill === before) {
        await this.#end(done)
        return 'the server waits for this process, and this process for the server'
      }
      before = standstill
      unreachable = reached ? 0 : unreachable + 1
      if (unreachable >= this.#pace.unreachable) return 'the server cannot be reached any more'
      await sleep(this.#pace.againMs, done)
    }
    return null
  }

  async #look(done: AbortSignal): Promise<Seen> {
    const seen = { reached: true, ended: false, standstill: null }
    try {
      const { pid, begun, server } = this.#identity
      const [look] = await withSession(this.#options, done, session => looks(session, pid))
      // Another server behind the same address knows nothing of our session.
      if (look === undefined || look.server !== server) return seen
      if (look.begun !== begun) return { ...seen, ended: true }
      return { ...seen, standstill: look.idleSince === null ? null : `${look.idleSince} ${this.#moved()}` }
    } catch (error) {
      return { ...seen, reached: isAnswer(error) }
    }
  }

  /** Bytes in both directions. */
  #moved(): number {
    const { stream } = this.#client.connection
    return stream instanceof Socket ? stream.bytesRead + stream.bytesWritten : 0
  }

  /** It would keep its locks until the server notices by itself. */
  async #end(done: AbortSignal): Promise<void> {
    const { pid, begun } = this.#identity
    const doing = 'end a session that was lost'
    await withSession(this.#options, done, session => query(session, doing, endLost, [pid, begun])).catch(
      () => undefined,
    )
  }
}

interface Seen {
  readonly reached: boolean
  readonly ended: boolean
  /** What stays the same while neither side does anything; null: the server works. */
  readonly standstill: string | null
}

function looks(session: Session, pid: number): Promise<(Look & Record<string, unknown>)[]> {
  return query(session, 'look at a session', lookAt, [pid])
}

/** What a server refuses, it was there to refuse. */
function isAnswer(error: unknown): boolean {
  return !(error instanceof MigrationError) || error.details['sqlState'] !== undefined
}
