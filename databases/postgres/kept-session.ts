import type { Client } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { cancellable } from './cancellable.ts'
import { closeSession } from './close-session.ts'
import { connect } from './connect.ts'
import type { ConnectionOptions } from './connection-options.ts'
import { cutAfter } from './cut-after.ts'
import { noticeOurEnd } from './notice-our-end.ts'
import { SessionWatch } from './session-watch.ts'

/** To make a session ready waits for nobody: what takes so long was lost. */
const prepareMs = 30_000

interface Opened<S> {
  readonly client: Client
  readonly session: S
  readonly watch: SessionWatch
}

/**
 * One session for many uses, one after the other. It is opened when it is needed, and anew after an error. A use that waits for a server
 * that has lost it fails with `postgres.unreachable`.
 */
export class KeptSession<S> {
  readonly #options: ConnectionOptions
  readonly #prepare: (client: Client) => Promise<S>
  #opened: Opened<S> | null = null
  #turn: Promise<unknown> = Promise.resolve()
  #life = new AbortController()

  /** `prepare` makes a session ready, and gives what its users see of it. */
  constructor(options: ConnectionOptions, prepare: (client: Client) => Promise<S>) {
    this.#options = options
    this.#prepare = prepare
  }

  /** Throws `postgres.*`. An error of any kind ends the session, whose state nobody knows then. */
  use<T>(work: (session: S) => Promise<T>): Promise<T> {
    const { signal } = this.#life
    const mine = this.#turn.then(() => this.#run(work, signal))
    this.#turn = mine.catch(() => undefined)
    return mine
  }

  /** What is under way or waits for its turn fails with `postgres.unreachable`, and `why`. Later uses open a session again. */
  async close(why = 'the session was closed by this process'): Promise<void> {
    this.#life.abort(new MigrationError('postgres.unreachable', why))
    this.#life = new AbortController()
    await this.#turn
    await this.#end()
  }

  async #run<T>(work: (session: S) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    try {
      const { client, session, watch } = this.#opened ?? (await this.#open(signal))
      return await cancellable(client, signal, () => watch.during(() => work(session)))
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  async #open(signal: AbortSignal): Promise<Opened<S>> {
    const client = await connect(this.#options, signal)
    const prepare = async () => {
      // Who waits for a lock keeps everybody behind waiting as well.
      await noticeOurEnd(client)
      const watch = await SessionWatch.of(client, this.#options)
      return { client, watch, session: await this.#prepare(client) }
    }
    try {
      this.#opened = await cancellable(client, signal, () => cutAfter(client, prepareMs, prepare))
      return this.#opened
    } catch (error) {
      await closeSession(client)
      throw error
    }
  }

  async #end(): Promise<void> {
    const opened = this.#opened
    this.#opened = null
    if (opened !== null) await closeSession(opened.client)
  }
}
