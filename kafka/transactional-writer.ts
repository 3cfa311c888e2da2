import { MigrationError } from '../core/errors.ts'
import { type Compression, compressed } from './compression.ts'
import type { EncodedRecords, LogTransaction, LogWriter } from './log.ts'
import { checkSize } from './produce-records.ts'
import type { ProducerSession } from './producer-session.ts'

/**
 * What a writer knows of its last transaction. Unsettled: it failed, and the log may have it or not, which `settle` brings to
 * an end. Until then nothing goes out that could get past it.
 */
type State = 'settled' | 'running' | 'unsettled' | 'closed'

/** A transactional producer. */
export class TransactionalWriter implements LogWriter {
  readonly #session: ProducerSession
  readonly #compression: Compression
  #state: State = 'settled'

  /** Takes a session that has begun, and closes it in the end. */
  constructor(session: ProducerSession, compression: Compression) {
    this.#session = session
    this.#compression = compression
  }

  async transaction(work: (tx: LogTransaction) => Promise<void>): Promise<void> {
    if (this.#state === 'running')
      throw new MigrationError('kafka.failed', 'Transactions of a writer overlap')
    if (this.#state === 'closed') throw closed()
    if (this.#state === 'unsettled')
      throw new MigrationError('kafka.failed', 'A transaction failed and was not settled before the next one')
    this.#state = 'running'
    const transaction = new RunningTransaction(this.#session, this.#compression)
    try {
      await work(transaction)
      await transaction.finished()
    } catch (error) {
      await this.#abort(transaction)
      throw error
    }
    await this.#commit()
  }

  async settle(): Promise<void> {
    if (this.#state === 'closed') throw closed()
    // Also when nothing was left open: nobody else tells a writer that another one has taken its place.
    this.#become('unsettled')
    await this.#session.recover()
    this.#become('settled')
  }

  async close(): Promise<void> {
    this.#state = 'closed'
    this.#session.close()
  }

  async #commit(): Promise<void> {
    this.#become('unsettled')
    if (this.#session.open) await this.#session.end('commit')
    this.#become('settled')
  }

  /** So that readers need not wait for `settle`, which does it again. Keeps quiet about its own failure. */
  async #abort(transaction: RunningTransaction): Promise<void> {
    this.#become('unsettled')
    await transaction.finished().catch(() => undefined)
    if (transaction.failed || !this.#session.open) return
    await this.#session.end('abort').catch(() => undefined)
  }

  #become(state: State): void {
    if (this.#state !== 'closed') this.#state = state
  }
}

const closed = () => new MigrationError('kafka.failed', 'The writer is closed')

/** Publishes one after the other; after a failure the transaction cannot be committed any more. */
class RunningTransaction implements LogTransaction {
  readonly #session: ProducerSession
  readonly #compression: Compression
  #last: Promise<void> = Promise.resolve()
  failed = false

  constructor(session: ProducerSession, compression: Compression) {
    this.#session = session
    this.#compression = compression
  }

  publish(records: readonly EncodedRecords[]): Promise<void> {
    this.#last = this.#publishAfter(this.#last, records)
    return this.#last
  }

  /** Rejects with the failure of a publish, also of one that nobody awaited. */
  async finished(): Promise<void> {
    await this.#last
  }

  async #publishAfter(previous: Promise<void>, records: readonly EncodedRecords[]): Promise<void> {
    await previous
    try {
      for (const entry of records) checkSize(entry)
      const filled = records.filter(entry => entry.count > 0)
      await this.#session.publish(
        await Promise.all(filled.map(entry => compressed(this.#compression, entry))),
      )
    } catch (error) {
      this.failed = true
      throw error
    }
  }
}
