/** What has to be undone, registered when it is acquired and run in reverse. */
export class Cleanup {
  readonly #steps: (() => Promise<void>)[] = []

  add(step: () => Promise<void>): void {
    this.#steps.push(step)
  }

  /** Runs every step even if one fails; then throws the first failure. */
  async run(): Promise<void> {
    let first: { readonly error: unknown } | null = null
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        first ??= { error }
      }
    }
    if (first !== null) throw first.error
  }
}
