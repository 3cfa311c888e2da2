import { MigrationError } from '../../core/errors.ts'
import type { EncodedRecords } from '../../kafka/log.ts'
import type { ProducerSession } from '../../kafka/producer-session.ts'

/** A producer session whose next call is lost: the request before it reached Kafka, or the answer after. */
export class LossySession implements ProducerSession {
  readonly #inner: ProducerSession
  loseNext: { readonly call: 'publish' | 'end' | 'recover'; readonly what: 'request' | 'answer' } | null =
    null

  constructor(inner: ProducerSession) {
    this.#inner = inner
  }

  get open(): boolean {
    return this.#inner.open
  }

  publish(records: readonly EncodedRecords[]): Promise<void> {
    return this.#lossy('publish', () => this.#inner.publish(records))
  }

  end(outcome: 'commit' | 'abort'): Promise<void> {
    return this.#lossy('end', () => this.#inner.end(outcome))
  }

  recover(): Promise<void> {
    return this.#lossy('recover', () => this.#inner.recover())
  }

  close(): void {
    this.#inner.close()
  }

  async #lossy(call: 'publish' | 'end' | 'recover', work: () => Promise<void>): Promise<void> {
    const loss = this.loseNext?.call === call ? this.loseNext.what : null
    if (loss !== null) this.loseNext = null
    if (loss !== 'request') await work()
    if (loss !== null) throw new MigrationError('kafka.unreachable', `The ${loss} was lost`)
  }
}
