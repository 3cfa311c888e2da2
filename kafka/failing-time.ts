import type { MigrationError } from '../core/errors.ts'

/** For how long something has been failing. Begins when it is made. */
export class FailingTime {
  readonly #begun = performance.now()
  #code = ''
  #codeBegun = this.#begun

  /** How long this failure, the last one, has lasted. Brokers that are back may not know their topics yet, so a missing one counts from when it began to be missing. */
  lastedMs({ code }: MigrationError): number {
    const now = performance.now()
    if (code !== this.#code) this.#codeBegun = now
    this.#code = code
    return now - (code === 'kafka.topic_missing' ? this.#codeBegun : this.#begun)
  }
}
