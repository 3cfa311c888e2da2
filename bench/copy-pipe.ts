import type { Duplex } from 'node:stream'
import { copyIn } from '../databases/postgres/copy-in.ts'
import type { Session } from '../databases/postgres/with-session.ts'
import { queryMessage } from '../databases/postgres/client-message.ts'
import { type Exchange, exchange } from '../databases/postgres/exchange.ts'
import { serverMessage } from '../databases/postgres/server-message.ts'

const blockBytes = 256 * 1024
const waitingBlocks = 8

/** Copies a table in COPY's binary format, from one session straight into another. */
export async function copyPipe(
  from: Session,
  to: Session,
  table: string,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const out = new CopyOut(`COPY ${table} TO STDOUT (FORMAT binary)`)
  const reading = exchange(from, out).finally(() => out.end())
  const [rows] = await Promise.all([copyIn(to, `COPY ${table} FROM STDIN (FORMAT binary)`, out), reading])
  return { rows, bytes: out.bytes }
}

/** What `COPY … TO STDOUT` sends, gathered into large blocks; the source waits while nobody takes them. */
class CopyOut implements Exchange, AsyncIterable<Buffer> {
  readonly doing = 'copy rows out'
  bytes = 0
  readonly #sql: string
  readonly #blocks: Buffer[] = []
  #block = Buffer.allocUnsafe(blockBytes)
  #used = 0
  #socket: Duplex | null = null
  #ended = false
  #wake: () => void = () => undefined

  constructor(sql: string) {
    this.#sql = sql
  }

  start(socket: Duplex): void {
    this.#socket = socket
    socket.write(queryMessage(this.#sql))
  }

  message(type: number, buffer: Buffer, start: number, end: number): void {
    if (type !== serverMessage.copyData) return
    if (end - start > this.#block.length - this.#used) this.#finishBlock(end - start)
    buffer.copy(this.#block, this.#used, start, end)
    this.#used += end - start
    this.bytes += end - start
  }

  /** No more will come. */
  end(): void {
    this.#finishBlock(0)
    this.#ended = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const block = this.#blocks.shift()
      if (block !== undefined) {
        if (this.#blocks.length === 0) this.#socket?.resume()
        yield block
      } else if (this.#ended) return
      else await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  #finishBlock(nextBytes: number): void {
    if (this.#used > 0) this.#blocks.push(this.#block.subarray(0, this.#used))
    this.#block = Buffer.allocUnsafe(Math.max(blockBytes, nextBytes))
    this.#used = 0
    if (this.#blocks.length > waitingBlocks) this.#socket?.pause()
    this.#wake()
  }
}
