import type { Duplex } from 'node:stream'
import type { Client, Connection, Submittable } from 'pg'
import { borrowSocket, type BorrowedSocket } from './borrowed-socket.ts'
import { MessageSplitter } from './message-splitter.ts'
import { readErrorResponse, serverMessage } from './server-message.ts'
import { translateError, translateServerError } from './translate-error.ts'

/** One question and its answer in the raw protocol. */
export interface Exchange {
  /** What is being done, for error messages. */
  readonly doing: string
  /** Writes the question. It must end in a way that makes the server answer ReadyForQuery. */
  start(socket: Duplex): void
  /** Gets each message of the answer. May throw: the rest of the answer is then read and dropped. */
  message(type: number, buffer: Buffer, start: number, end: number): void
  /** The server reported an error, or the connection is gone: stop writing. */
  interrupt?(): void
}

/**
 * Waits for the client's turn, asks, and reads the answer up to ReadyForQuery. The client is usable afterwards, unless the
 * connection broke. Rejects with the server's error, coded, or with what the listener threw.
 */
export async function exchange(client: Client, question: Exchange): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.query(new RawQuery(question, resolve, reject))
  })
}

/** In the driver's terms: a query that reads its answer itself. */
class RawQuery implements Submittable {
  readonly #question: Exchange
  readonly #resolve: () => void
  readonly #reject: (error: unknown) => void
  readonly #splitter = new MessageSplitter()
  #borrowed: BorrowedSocket | null = null
  #failure: { error: unknown } | null = null

  constructor(question: Exchange, resolve: () => void, reject: (error: unknown) => void) {
    this.#question = question
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: Connection): void {
    this.#borrowed = borrowSocket(connection, this.#receive)
    this.#question.start(this.#borrowed.socket)
  }

  /** Called by the driver when the connection is gone. */
  handleError(error: unknown): void {
    this.#borrowed?.giveBack(null)
    this.#question.interrupt?.()
    this.#reject(this.#failure?.error ?? translateError(error, this.#question.doing))
  }

  /** Called by the driver when it has read the ReadyForQuery that we left to it. */
  handleReadyForQuery(): void {
    if (this.#failure === null) this.#resolve()
    else this.#reject(this.#failure.error)
  }

  readonly #receive = (chunk: Buffer): void => {
    const rest = this.#splitter.split(chunk, this.#listen)
    if (rest !== null) this.#borrowed?.giveBack(rest)
  }

  readonly #listen = (type: number, buffer: Buffer, start: number, end: number): boolean => {
    if (type === serverMessage.readyForQuery) return false
    if (type === serverMessage.errorResponse) {
      this.#fail(translateServerError(readErrorResponse(buffer, start, end), this.#question.doing))
    } else if (this.#failure === null) {
      this.#pass(type, buffer, start, end)
    }
    return true
  }

  #pass(type: number, buffer: Buffer, start: number, end: number): void {
    try {
      this.#question.message(type, buffer, start, end)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#question.interrupt?.()
  }
}
