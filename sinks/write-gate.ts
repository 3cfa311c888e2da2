/** Lets many write side by side, or one alone. Who waits to be alone goes before those that come later. */
export class WriteGate {
  #writing = 0
  #alone: Promise<void> = Promise.resolve()
  #quiet: (() => void) | null = null

  async shared<T>(work: () => Promise<T>): Promise<T> {
    for (let lock: Promise<void> | null = null; lock !== this.#alone; ) {
      lock = this.#alone
      await lock
    }
    this.#writing++
    try {
      return await work()
    } finally {
      this.#writing--
      if (this.#writing === 0) this.#quiet?.()
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#alone
    const mine = before.then(() => this.#allStopped()).then(work)
    this.#alone = mine.then(
      () => undefined,
      () => undefined,
    )
    return mine
  }

  async #allStopped(): Promise<void> {
    if (this.#writing === 0) return
    await new Promise<void>(resolve => {
      this.#quiet = resolve
    })
    this.#quiet = null
  }
}
