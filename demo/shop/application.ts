import { Client, DatabaseError } from 'pg'
import type { Service } from '../../core/service.ts'
import { sleep } from '../../core/time.ts'
import { actions, type Draw } from './actions.ts'

export interface ApplicationOptions {
  readonly url: string
  readonly connections: number
  /** Pause between two actions of one connection, milliseconds. */
  readonly pauseMs: number
  /** Rows that the shop was filled with. */
  readonly rows: number
}

/** The shop's application: it works until it is stopped, and counts its transactions. */
export class Application implements Service {
  readonly name = 'application'
  transactions = 0
  readonly #options: ApplicationOptions

  constructor(options: ApplicationOptions) {
    this.#options = options
  }

  async run(signal: AbortSignal): Promise<void> {
    const clerks = Array.from({ length: this.#options.connections }, () => this.#work(signal))
    await Promise.all(clerks)
  }

  async #work(signal: AbortSignal): Promise<void> {
    const client = new Client({ connectionString: this.#options.url, application_name: 'shop' })
    await client.connect()
    try {
      while (!signal.aborted) {
        await this.#act(client)
        await sleep(this.#options.pauseMs, signal)
      }
    } finally {
      await client.end()
    }
  }

  async #act(client: Client): Promise<void> {
    const action = actions[Math.floor(Math.random() * actions.length)]
    try {
      await action?.(client, this.#draw())
      this.transactions++
    } catch (error) {
      if (!isRefusal(error)) throw error
      await client.query('ROLLBACK')
    }
  }

  #draw(): Draw {
    const { rows } = this.#options
    return {
      upTo: limit => 1 + Math.floor(Math.random() * limit),
      customers: Math.floor((rows * 5) / 100),
      orders: Math.floor((rows * 20) / 100),
      products: Math.max(Math.floor(rows / 100), 10),
    }
  }
}

/** Deadlocks and constraints are part of the life of an application; anything else is not. */
function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && /^(23|40)/.test(error.code ?? '')
}
