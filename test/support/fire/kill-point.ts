/** Named places between two durable effects. */
export const killPoints = {
  connector: [
    'topics:after',
    'schema:before',
    'schema:after',
    'transaction:before',
    'publish:after',
    'commit:during',
    'commit:after',
  ],
  sink: [
    'tables:during',
    'tables:after',
    'claim:after',
    'apply:before',
    'apply:during',
    'apply:after',
    'truncate:during',
    'truncate:after',
    'offsets:before',
    'offsets:after',
    'revoked:before',
    'revoked:after',
  ],
} as const

/** Kills this process at the n-th time that it comes to a place. */
export class KillPoint {
  readonly #name: string
  readonly #delayMs: number
  #left: number

  /** `text`: place and count, as in `commit:after:3`. A count with a fraction: so many milliseconds later (3.05 is 5). */
  constructor(text: string) {
    const end = text.lastIndexOf(':')
    const count = Number(text.slice(end + 1))
    this.#name = text.slice(0, end)
    this.#left = Math.floor(count)
    this.#delayMs = Math.round((count % 1) * 100)
  }

  reach(name: string): void {
    if (name !== this.#name || --this.#left !== 0) return
    if (this.#delayMs === 0) die()
    else setTimeout(die, this.#delayMs)
  }

  /** The place lies inside of `work`, which has begun. */
  async inside<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.reach(`${name}:before`)
    const working = work()
    this.reach(`${name}:during`)
    const result = await working
    this.reach(`${name}:after`)
    return result
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
