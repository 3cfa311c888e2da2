/** Holds whoever comes to it until it is opened. */
export class Gate {
  /** Somebody has come to it. */
  readonly reached: Promise<void>
  /** Whoever was held has gone on. */
  left = false
  #come: () => void = () => undefined
  readonly #opened: Promise<void>
  #open: () => void = () => undefined

  constructor() {
    this.reached = new Promise(resolve => {
      this.#come = resolve
    })
    this.#opened = new Promise(resolve => {
      this.#open = resolve
    })
  }

  async pass(): Promise<void> {
    this.#come()
    await this.#opened
    this.left = true
  }

  open(): void {
    this.#open()
  }
}
