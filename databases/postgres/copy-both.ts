import type { Client, Connection, Submittable } from 'pg'
import { MigrationError } from '../../core/errors.ts'
import { type BorrowedSocket, borrowSocket } from './borrowed-socket.ts'
import { ByteQueue } from './byte-queue.ts'
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
  /** When bytes last came, by `performance.now()`. */
  receivedAt = performance.now()
  readonly #client: Client
  readonly #options: CopyBothOptions
  readonly #queue = new ByteQueue()
  #opened: ((failure: MigrationError | null) => void) | null
  #borrowed: BorrowedSocket | null = null
  #pacing: ReadPacing | null = null
  #failure: MigrationError | null = null
  #wake: (() => void) | null = null

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

  /** Resolves when something has arrived since the last fruitless `take`, or the stream is over, or the time has passed. */
  async arrival(timeoutMs: number): Promise<void> {
    if (this.#failure !== null || this.#arrived) return
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, timeoutMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = null
  }

  /** Sends one message to the server. */
  send(payload: Buffer): void {
    if (this.#failure === null)
      this.#borrowed?.socket.write(Buffer.concat([copyDataHeader(payload.length), payload]))
  }

  /** Ends the session. */
  async close(): Promise<void> {
    this.#pacing?.stop()
    if (this.#failure === null) this.#borrowed?.socket.write(copyDoneMessage())
    await this.#client.end().catch(() => undefined)
  }

  #arrived = false

  readonly #receive = (chunk: Buffer): void => {
    this.receivedAt = performance.now()
    this.#queue.push(chunk)
    this.#arrived = true
    if (this.#opened !== null) {
      this.#open()
      return
    }
    if (this.#pacing !== null && this.#queue.bytes > this.#options.maxQueuedBytes) this.#pacing.full = true
    this.#pacing?.received(chunk.length)
    this.#wake?.()
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
  }
}
