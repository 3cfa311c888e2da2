import type { Client, Connection, Submittable } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { type BorrowedSocket, borrowSocket } from './borrowed-socket.ts'
import { ByteQueue } from './byte-queue.ts'
import { closeSession } from './close-session.ts'
import { copyDataHeader, copyDoneMessage, queryMessage } from './client-message.ts'
import { ReadPacing } from './read-pacing.ts'
import { readErrorResponse, serverMessage } from './server-message.ts'
import { translateError, translateServerError } from './translate-error.ts'

export interface CopyBothOptions {
  /** A START_REPLICATION command. */
  readonly sql: string
  readonly doing: string
  /** Reading stops while this much waits to be taken. A single message may be larger. */
  readonly maxQueuedBytes: number
}

// A server in the middle of a large transaction sends it to its end first; that is not waited for.
const closePatienceMs = 2_000

/** Starts replication on the client. Resolves when the server streams; rejects with its error, coded. */
export function openCopyBoth(client: Client, options: CopyBothOptions): Promise<CopyBoth> {
  return new Promise<CopyBoth>((resolve, reject) => {
    const copy: CopyBoth = new CopyBoth(client, options, failure =>
      failure === null ? resolve(copy) : reject(failure),
    )
    client.query(copy)
  })
}

/** Messages in both directions until one side ends it. Ends the client when closed. */
export class CopyBoth implements Submittable {
  /** Payload of the message that `take` found; valid until the next `take`. */
  get buffer(): Buffer {
    return this.#queue.buffer
  }
  get start(): number {
    return this.#queue.start
  }
  get end(): number {
    return this.#queue.end
  }
  /** Received but not taken. */
  get queuedBytes(): number {
    return this.#queue.bytes
  }
  /** All that is whole was taken, so that only the server can go on. False while it waits for us to take. */
  get isStarved(): boolean {
    return this.#queue.bytes === 0 || !this.#arrived
  }
  /** Bytes received in all. */
  received = 0
  readonly #client: Client
  readonly #options: CopyBothOptions
  readonly #queue = new ByteQueue()
  #opened: ((failure: MigrationError | null) => void) | null
  #borrowed: BorrowedSocket | null = null
  #pacing: ReadPacing | null = null
  #failure: MigrationError | null = null
  #wake: (() => void) | null = null
  #closed: (() => void) | null = null
  #turnBytes = 0

  constructor(client: Client, options: CopyBothOptions, opened: (failure: MigrationError | null) => void) {
    this.#client = client
    this.#options = options
    this.#opened = opened
  }

  submit(connection: Connection): void {
    this.#borrowed = borrowSocket(connection, this.#receive)
    this.#pacing = new ReadPacing(this.#borrowed.socket)
    this.#borrowed.socket.write(queryMessage(this.#options.sql))
  }

  /** Called by the driver when the connection is gone. */
  handleError(error: unknown): void {
    this.#fail(translateError(error, this.#options.doing))
  }

  /** Moves to the next message of the server; false: nothing whole has arrived. Throws when the stream is over. */
  take(): boolean {
    for (;;) {
      const type = this.#queue.take()
      if (this.#pacing !== null && this.#queue.bytes < this.#options.maxQueuedBytes / 2)
        this.#pacing.full = false
      if (type === serverMessage.copyData) return true
      if (type === 0) return this.#starved()
      this.#control(type)
    }
  }

  /** Resolves when something has arrived since the last fruitless `take`, the stream is over, or the time has passed. */
  async arrival(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#failure !== null || this.#arrived || signal.aborted) return
    await new Promise<void>(resolve => {
      const wake = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      const timer = setTimeout(wake, timeoutMs)
      signal.addEventListener('abort', wake)
      this.#wake = wake
    })
    this.#wake = null
  }

  /** Sends one message to the server. */
  send(payload: Buffer): void {
    if (this.#failure === null)
      this.#borrowed?.socket.write(Buffer.concat([copyDataHeader(payload.length), payload]))
  }

  /** Ends it as broken: what waits for an arrival rejects. For when the server has fallen silent. */
  abandon(failure: MigrationError): void {
    this.#fail(failure)
    this.#borrowed?.socket.destroy()
  }

  /** Ends the session; waits a moment for the server to confirm it, so that what it holds for us is free afterwards. */
  async close(): Promise<void> {
    this.#pacing?.stop()
    if (this.#failure === null) {
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, closePatienceMs)
        this.#closed = () => {
          clearTimeout(timer)
          resolve()
        }
        this.#borrowed?.socket.write(copyDoneMessage())
        this.#discard()
      })
    }
    await closeSession(this.#client)
  }

  #arrived = false

  readonly #receive = (chunk: Buffer): void => {
    this.received += chunk.length
    this.#queue.push(chunk)
    this.#arrived = true
    if (this.#closed !== null) return this.#discard()
    if (this.#opened !== null) {
      this.#open()
      return
    }
    if (this.#pacing !== null && this.#queue.bytes > this.#options.maxQueuedBytes) this.#pacing.full = true
    if (this.#turnBytes === 0) setImmediate(this.#endTurn)
    this.#turnBytes += chunk.length
  }

  /** What one look at the socket has brought is judged, and told, as a whole: TLS hands it over in records of a message each. */
  readonly #endTurn = (): void => {
    // What is discarded is read to its end, without a pause.
    if (this.#closed === null) this.#pacing?.received(this.#turnBytes)
    this.#turnBytes = 0
    this.#wake?.()
  }

  #discard(): void {
    for (let type = this.#queue.take(); type !== 0; type = this.#queue.take()) {
      if (type === serverMessage.readyForQuery) this.#closed?.()
    }
    this.#borrowed?.socket.resume()
  }

  #starved(): false {
    this.#arrived = false
    // What is queued is one unfinished message: it must be read to its end, whatever its size.
    if (this.#pacing !== null) this.#pacing.full = false
    if (this.#failure !== null) throw this.#failure
    return false
  }

  #open(): void {
    for (let type = this.#queue.take(); type !== 0; type = this.#queue.take()) {
      if (type === serverMessage.copyBothResponse) return this.#settle(null)
      if (type === serverMessage.errorResponse) return this.#settle(this.#serverError())
    }
  }

  #settle(failure: MigrationError | null): void {
    this.#failure ??= failure
    this.#opened?.(failure)
    this.#opened = null
  }

  #control(type: number): void {
    if (type === serverMessage.errorResponse) throw this.#serverError()
    if (type === serverMessage.copyDone || type === serverMessage.commandComplete) {
      throw new MigrationError('postgres.unreachable', `${this.#options.doing}: the server ended the stream`)
    }
  }

  #serverError(): MigrationError {
    const { buffer, start, end } = this.#queue
    return translateServerError(readErrorResponse(buffer, start, end), this.#options.doing)
  }

  #fail(failure: MigrationError): void {
    this.#settle(failure)
    this.#failure ??= failure
    this.#wake?.()
    this.#closed?.()
  }
}
