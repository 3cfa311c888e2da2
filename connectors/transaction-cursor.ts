import { MigrationError } from '../core/errors.ts'
import type { ChangeOrigin } from '../schemas/change.ts'
import type { PartlyPublished, ResumePoint } from './resume-point.ts'
import type { BeginMessage, CommitMessage } from './source.ts'

/** Follows the transactions of the log: where we are, what is published already, and how events are numbered. */
export class TransactionCursor {
  /** What the events of the present transaction have in common. */
  origin: ChangeOrigin = {
    snapshot: false,
    committedAtUs: 0n,
    transactionId: null,
    previousCommit: null,
  }
  /** Counts transactions, so that per-table counters know when to begin again. */
  number = 0
  /** `total_order` of the last event. */
  events = 0
  #after: bigint
  #committedAtUs: bigint | null
  #previousCommit: bigint | null
  #skip: PartlyPublished | null
  #open: { commit: bigint; messages: number } | null = null

  constructor(from: ResumePoint) {
    this.#after = from.after
    this.#committedAtUs = from.committedAtUs
    this.#previousCommit = from.previousCommit
    this.#skip = from.partly
  }

  /** End of the last transaction that was passed whole: every commit below it has been seen. */
  get passed(): bigint {
    return this.#after
  }

  begin(message: BeginMessage): void {
    this.number++
    this.events = 0
    this.#open = { commit: message.commit, messages: 0 }
    this.#skip = this.#alreadyPublished(message.commit)
    this.origin = {
      snapshot: false,
      committedAtUs: message.committedAtUs,
      transactionId: message.transactionId,
      previousCommit: this.#previousCommit,
    }
  }

  /** Counts a row or truncate message; true when it was published before a restart and must not be published again. */
  isPublished(index: number): boolean {
    if (this.#skip !== null && index <= this.#skip.messages) {
      this.events = this.#skip.events
      return true
    }
    if (this.#open !== null) this.#open.messages = index
    return false
  }

  commit(message: CommitMessage): void {
    if (this.events > 0) this.#previousCommit = message.end
    if (message.end > this.#after) {
      this.#after = message.end
      this.#committedAtUs = this.origin.committedAtUs
    }
    this.#open = null
    this.#skip = null
  }

  #partly(): PartlyPublished | null {
    const open = this.#open
    if (open !== null && open.messages > 0)
      return { commit: open.commit, messages: open.messages, events: this.events }
    return this.#skip?.messages === Number.POSITIVE_INFINITY ? null : this.#skip
  }

  /** The part of the transaction that was published before a restart; the log may also repeat whole transactions. */
  #alreadyPublished(commit: bigint): PartlyPublished | null {
    if (commit < this.#after) return { commit, messages: Number.POSITIVE_INFINITY, events: 0 }
    const skip = this.#skip
    if (skip === null || skip.commit === commit) return skip
    const found = `the transaction committed at ${skip.commit} is published in part, but the log goes on at ${commit}`
    throw new MigrationError('source.log_lost', found)
  }

  /** Where to go on after everything handed out so far is published. */
  get resumePoint(): ResumePoint {
    return {
      after: this.#after,
      committedAtUs: this.#committedAtUs,
      previousCommit: this.#previousCommit,
      partly: this.#partly(),
    }
  }
}
