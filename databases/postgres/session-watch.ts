import { Socket } from 'node:net'
import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { sleep } from '../../core/time.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { cutAfter } from './cut-after.ts'
import { query } from './query.ts'
import { withSession } from './with-session.ts'

export interface WatchPace {
  /** How long a session may wait for its server before anybody looks. */
  readonly firstMs: number
  /** Less, and what a slow network has taken and not delivered yet would look lost. */
  readonly againMs: number
  /** So many looks in a row that do not find its server, and the session is given up as well. */
  readonly unreachable: number
}

export const usualPace: WatchPace = { firstMs: 30_000, againMs: 30_000, unreachable: 3 }

/** A look waits for nobody at the server. */
const lookMs = 15_000

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
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity 
WHERE pid = $1 AND backend_start::text = $2 AND wait_event_type = 'Client' AND state_change::text = $3`

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
    let done: AbortController | undefined
    let watching: Promise<void> | undefined
    let lost: MigrationError | null = null
    const watch = async (signal: AbortSignal) => {
      const why = await this.#untilLost(signal)
      // The answer may have come at last.
      if (why === null || signal.aborted) return
      lost = new MigrationError('postgres.unreachable', why)
      this.#client.connection.stream.destroy()
    }
    const timer = setTimeout(() => {
      done = new AbortController()
      watching = watch(done.signal)
    }, this.#pace.firstMs)
    try {
      return await work()
    } catch (error) {
      throw lost ?? error
    } finally {
      clearTimeout(timer)
      done?.abort()
      await watching
    }
  }

  /** Resolves with the reason to give the session up, which its server has done then; null when `done` aborts first. */
  async #untilLost(done: AbortSignal): Promise<string | null> {
    let unreachable = 0
    let before: string | null = null
    while (!done.aborted) {
      const { reached, ended, idleSince, standstill } = await this.#look(done)
      if (ended) return 'the server has ended the session'
      if (standstill !== null && standstill === before) {
        await this.#end(idleSince, done)
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
    const nothing = { reached: true, ended: false, idleSince: null, standstill: null }
    try {
      const { pid, begun, server } = this.#identity
      const [look] = await this.#ask<Look>('look at a session', lookAt, [pid], done)
      // Another server has taken the address, or shares it: it knows nothing of our session.
      if (look === undefined || look.server !== server) return { ...nothing, reached: false }
      if (look.begun !== begun) return { ...nothing, ended: true }
      const { idleSince } = look
      return { ...nothing, idleSince, standstill: this.#standstill(idleSince) }
    } catch (error) {
      return { ...nothing, reached: isAnswer(error) }
    }
  }

  #standstill(idleSince: string | null): string | null {
    const { stream } = this.#client.connection
    // The server may well wait for what is still on its way.
    if (idleSince === null || !(stream instanceof Socket) || stream.writableLength > 0) return null
    return `${idleSince} ${stream.bytesRead + stream.bytesWritten}`
  }

  /** It would keep its locks until the server notices by itself. */
  async #end(idleSince: string | null, done: AbortSignal): Promise<void> {
    const { pid, begun } = this.#identity
    const session = [pid, begun, idleSince]
    await this.#ask('end a session that was lost', endLost, session, done).catch(() => undefined)
  }

  #ask<R>(doing: string, sql: string, parameters: readonly unknown[], done: AbortSignal): Promise<R[]> {
    return withSession(this.#options, done, session =>
      cutAfter(session, lookMs, () => query<R & Record<string, unknown>>(session, doing, sql, parameters)),
    )
  }
}

interface Seen {
  readonly reached: boolean
  readonly ended: boolean
  readonly idleSince: string | null
  /** What stays the same while neither side does anything; null: something is done. */
  readonly standstill: string | null
}

const isUnknownName = (code: unknown): boolean => code === 'ENOTFOUND' || code === 'EAI_AGAIN'

/** What a server refuses, it was there to refuse; and who cannot look up its name knows nothing. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof MigrationError) || error.code !== 'postgres.unreachable') return true
  return error.details['sqlState'] !== undefined || isUnknownName(error.details['code'])
}
