import { MigrationError } from '../../../core/errors.ts'
import type { CopyBoth } from '../../../databases/postgres/copy-both.ts'
import { statusMessage } from './replication-frame.ts'

const tickMs = 1_000
const soonMs = 100
const askAfterTicks = 20
const silentTicks = 60
const hurriedMs = 1_000
const hurriedRequests = 5

/**
 * Keeps up the connection's standing with the server: tells it every second what is durable, whatever else goes on, answers
 * its requests, and notices when it has fallen silent or wants to stop.
 */
export class Standing {
  #confirmed: bigint
  readonly #copy: CopyBoth
  readonly #timer: NodeJS.Timeout
  #sentAtMs = 0
  #seen = 0
  #quietTicks = 0
  #requests = 0
  #requestsSinceMs = 0

  constructor(copy: CopyBoth, confirmed: bigint) {
    this.#copy = copy
    this.#confirmed = confirmed
    this.#timer = setInterval(this.#tick, tickMs)
  }

  /** Everything that ends at or below `lsn` is durable; the server hears it soon. */
  confirm(lsn: bigint): void {
    if (lsn <= this.#confirmed) return
    this.#confirmed = lsn
    if (Date.now() - this.#sentAtMs > soonMs) this.#send(false)
  }

  /**
   * Answers a request of the server. One that is stopping asks again and again until we confirm its very last position, which
   * holds nothing of ours: then the connection is given up, or the server could never stop. Throws `postgres.unreachable`.
   */
  answer(): void {
    const now = Date.now()
    if (now - this.#requestsSinceMs > hurriedMs) {
      this.#requestsSinceMs = now
      this.#requests = 0
    }
    this.#requests++
    if (this.#requests > hurriedRequests) {
      const failure = new MigrationError('postgres.unreachable', 'the source is shutting down')
      this.#copy.abandon(failure)
      throw failure
    }
    this.#send(false)
  }

  /** Says for the last time what is durable. */
  stop(): void {
    clearInterval(this.#timer)
    this.#send(false)
  }

  readonly #tick = (): void => {
    const isSilent = this.#copy.received === this.#seen && this.#copy.isStarved
    this.#seen = this.#copy.received
    this.#quietTicks = isSilent ? this.#quietTicks + 1 : 0
    if (this.#quietTicks > silentTicks) {
      clearInterval(this.#timer)
      this.#copy.abandon(new MigrationError('postgres.unreachable', 'the source has fallen silent'))
    } else this.#send(this.#quietTicks > askAfterTicks)
  }

  #send(wantsReply: boolean): void {
    this.#sentAtMs = Date.now()
    this.#copy.send(statusMessage(this.#confirmed, this.#sentAtMs, wantsReply))
  }
}
