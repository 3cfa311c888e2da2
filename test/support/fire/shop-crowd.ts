import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { type Action, actions, type Draw } from '../../../demo/shop/actions.ts'
import { hardActions, rareActions } from './hard-actions.ts'

export interface CrowdOptions {
  readonly url: string
  readonly rows: number
  readonly random: () => number
  readonly connections: number
  /** Between two actions of one connection. */
  readonly pauseMs: number
  /** How often one of the rare actions is done: 0 to 1. */
  readonly rare: number
}

/** The people of the shop: they write all the time, and come back when the database does. */
export class ShopCrowd {
  transactions = 0
  /** A statement failed in a way that no application expects. */
  failure: unknown = null
  readonly #options: CrowdOptions
  readonly #closing = new AbortController()
  readonly #running: Promise<unknown>

  constructor(options: CrowdOptions) {
    this.#options = options
    this.#running = Promise.all(Array.from({ length: options.connections }, () => this.#person()))
    this.#running.catch((error: unknown) => (this.failure = error))
  }

  /** All go home. Rejects if a statement failed in a way that no application expects. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #person(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const client = new Client({ connectionString: this.#options.url, application_name: 'shop' })
      client.on('error', () => undefined)
      try {
        await client.connect()
        while (!signal.aborted) {
          await this.#act(client)
          await sleep(this.#options.pauseMs)
        }
      } catch (error) {
        if (!isOutage(error)) throw error
        await sleep(50)
      } finally {
        await client.end().catch(() => undefined)
      }
    }
  }

  async #act(client: Client): Promise<void> {
    try {
      await this.#action()(client, this.#draw())
      this.transactions++
    } catch (error) {
      if (!isRefusal(error)) throw error
      await client.query('ROLLBACK')
    }
  }

  #action(): Action {
    const { random, rare } = this.#options
    const list = random() < rare ? rareActions : random() < 0.5 ? actions : hardActions
    return list[Math.floor(random() * list.length)] as Action // an index of the list
  }

  #draw(): Draw {
    const { rows, random } = this.#options
    return {
      upTo: limit => 1 + Math.floor(random() * limit),
      customers: Math.floor((rows * 5) / 100),
      orders: Math.floor((rows * 20) / 100),
      products: Math.max(Math.floor(rows / 100), 10),
    }
  }
}

/** Deadlocks and constraints. */
export function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && /^(23|40)/.test(error.code ?? '')
}

/** The server is stopping, starting or gone: class 57, or an error of the socket. */
export function isOutage(error: unknown): boolean {
  return !(error instanceof DatabaseError) || /^(57|08)/.test(error.code ?? '')
}
