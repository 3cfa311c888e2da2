import type { Duplex } from 'node:stream'
import type { Client } from 'pg'
import { copyDataHeader, copyDoneMessage, copyFailMessage, queryMessage } from './client-message.ts'
import { type Exchange, exchange } from './exchange.ts'
import { serverMessage } from './server-message.ts'

/**
 * Runs a `COPY … FROM STDIN` with data that is already in COPY's format; chunks may be cut anywhere. Resolves with the
 * number of rows. When the server refuses a row, or `chunks` throws, nothing of it is stored and the client stays usable.
 */
export async function copyIn(
  client: Client,
  sql: string,
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
): Promise<number> {
  const copy = new CopyIn(sql, chunks)
  try {
    await exchange(client, copy)
  } catch (error) {
    throw copy.producerFailure === null ? error : copy.producerFailure.error
  }
  return copy.rows
}

class CopyIn implements Exchange {
  readonly doing = 'copy rows in'
  rows = 0
  /** What the producer of the chunks threw. */
  producerFailure: { error: unknown } | null = null
  readonly #sql: string
  readonly #chunks: Iterable<Buffer> | AsyncIterable<Buffer>
  #socket: Duplex | null = null
  #interrupted = false
  #wake: () => void = () => undefined

  constructor(sql: string, chunks: Iterable<Buffer> | AsyncIterable<Buffer>) {
    this.#sql = sql
    this.#chunks = chunks
  }

  start(socket: Duplex): void {
    this.#socket = socket
    socket.write(queryMessage(this.#sql))
  }

  message(type: number, buffer: Buffer, start: number, end: number): void {
    if (type === serverMessage.copyInResponse && this.#socket !== null) {
      // Never rejects; the exchange ends when it has written the end of the copy.
      void this.#feed(this.#socket)
    } else if (type === serverMessage.commandComplete) {
      this.rows = Number(
        buffer
          .toString('latin1', start, end - 1)
          .split(' ')
          .at(-1),
      )
    }
  }

  interrupt(): void {
    this.#interrupted = true
    this.#wake()
  }

  async #feed(socket: Duplex): Promise<void> {
    try {
      for await (const chunk of this.#chunks) {
        if (this.#interrupted) return
        if (!this.#write(socket, chunk)) await this.#drained(socket)
      }
      if (!this.#interrupted) socket.write(copyDoneMessage())
    } catch (error) {
      if (this.#interrupted) return
      this.producerFailure = { error }
      socket.write(copyFailMessage('the rows could not be produced'))
    }
  }

  #write(socket: Duplex, chunk: Buffer): boolean {
    socket.cork()
    socket.write(copyDataHeader(chunk.length))
    const room = socket.write(chunk)
    socket.uncork()
    return room
  }

  async #drained(socket: Duplex): Promise<void> {
    if (!socket.writableNeedDrain || this.#interrupted) return
    await new Promise<void>(resolve => {
      this.#wake = () => {
        socket.removeListener('drain', this.#wake)
        resolve()
      }
      socket.once('drain', this.#wake)
    })
  }
}
