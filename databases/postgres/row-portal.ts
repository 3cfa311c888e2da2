import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import { LastView } from '../../core/byte-view.ts'
import { MigrationError } from '../../core/errors.ts'
import {
  bindMessage,
  closePortalMessage,
  executeMessage,
  parseMessage,
  syncMessage,
} from './client-message.ts'
import { exchange } from './exchange.ts'
import { serverMessage } from './server-message.ts'

export interface PortalQuery {
  readonly sql: string
  /** Text form; the statement casts them. */
  readonly parameters: readonly (string | null)[]
}

/** Where the fields of a row are told: field i is `buffer[starts[i], starts[i] + lengths[i])`, length -1 is NULL. */
export interface RowSlices {
  buffer: Buffer
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** How many columns the statement selects. */
  readonly count: number
}

/** suspended: there may be more rows. */
export type PortalEnd = 'suspended' | 'done'

let portals = 0

/**
 * A query whose rows are read a bounded number at a time, as text, without an object per row. Only inside a transaction,
 * whose end closes it as well; other queries may run on the client between two fetches.
 */
export class RowPortal<Slices extends RowSlices> {
  readonly #client: Client
  readonly #query: PortalQuery
  readonly #name = `sb_${++portals}`
  readonly #slices: Slices
  readonly #views = new LastView()
  #opened = false
  #socket: Duplex | null = null
  #paused: Promise<void> | null = null

  constructor(client: Client, query: PortalQuery, slices: Slices) {
    this.#client = client
    this.#query = query
    this.#slices = slices
  }

  /**
   * Calls `row` for each of the next rows, at most `maxRows` (0: all), with slices that the next row overwrites. `row` may
   * call `pauseUntil`.
   */
  async fetch(maxRows: number, row: (slices: Slices) => void): Promise<PortalEnd> {
    let end: PortalEnd = 'done'
    await exchange(this.#client, {
      doing: 'read rows',
      start: socket => this.#ask(socket, maxRows),
      message: (type, buffer, start) => {
        if (type === serverMessage.dataRow) row(this.#slice(buffer, start))
        else if (type === serverMessage.portalSuspended) end = 'suspended'
      },
    })
    await this.#paused
    return end
  }

  /**
   * Nothing is read until `ready` resolves, so that the server waits; rows that have arrived already, up to about a
   * megabyte, still come. When it rejects, the rest is read, and `fetch` rejects as well.
   */
  pauseUntil(ready: Promise<void>): void {
    const socket = this.#socket
    socket?.pause()
    this.#paused = ready.finally(() => socket?.resume())
    this.#paused.catch(() => undefined)
  }

  /** Frees what the server holds. Needed only when the transaction goes on. */
  async close(): Promise<void> {
    if (!this.#opened) return
    await exchange(this.#client, {
      doing: 'close a portal',
      start: socket => socket.write(Buffer.concat([closePortalMessage(this.#name), syncMessage()])),
      message: () => undefined,
    })
  }

  #ask(socket: Duplex, maxRows: number): void {
    const { sql, parameters } = this.#query
    const opening = this.#opened ? [] : [parseMessage(sql), bindMessage(this.#name, parameters)]
    this.#opened = true
    this.#socket = socket
    this.#paused = null
    socket.write(Buffer.concat([...opening, executeMessage(this.#name, maxRows), syncMessage()]))
  }

  #slice(buffer: Buffer, start: number): Slices {
    const { starts, lengths, count } = this.#slices
    const view = this.#views.of(buffer)
    const told = view.getInt16(start)
    if (told !== count) throw new MigrationError('postgres.failed', `expected ${count} columns, got ${told}`)
    let position = start + 2
    for (let i = 0; i < count; i++) {
      const length = view.getInt32(position)
      position += 4
      starts[i] = position
      lengths[i] = length
      if (length > 0) position += length
    }
    this.#slices.buffer = buffer
    return this.#slices
  }
}
