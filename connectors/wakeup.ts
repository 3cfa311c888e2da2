/** Lets a loop wait for whatever happens first elsewhere. A wake before the wait is not lost. */
export class Wakeup {
  #resolve: (() => void) | null = null
  #promise = this.#renew()

  wake(): void {
    this.#resolve?.()
  }

  /** Resolves at the next wake; call `reset` before looking at what might have changed. */
  get promise(): Promise<void> {
    return this.#promise
  }

  reset(): void {
    this.#promise = this.#renew()
  }

  #renew(): Promise<void> {
    return new Promise(resolve => {
      this.#resolve = resolve
    })
  }
}
