import { once } from 'node:events'
import { createServer, connect as connectTo, type Server, type Socket } from 'node:net'

const nothing = Buffer.alloc(0)

export interface ProxyTarget {
  readonly host: string
  readonly port: number
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Bytes that the server may still send before both are cut. */
  left: number
  /** Nothing passes any more. */
  lost: boolean
  /** What the client sends is not taken for now. */
  held: boolean
}

/** Stands between a client and a server, and does to their connections what networks do. */
export class TcpProxy {
  readonly #target: ProxyTarget
  readonly #listener: Server
  readonly #pairs = new Set<Pair>()
  #accepted = 0
  #stalled = false
  #losesOn: ((sent: Buffer) => boolean) | null = null
  #refusing = false

  private constructor(target: ProxyTarget, listener: Server) {
    this.#target = target
    this.#listener = listener
  }

  /** Listens on a port of 127.0.0.1. The target may change until somebody connects. */
  static async open(target: ProxyTarget): Promise<TcpProxy> {
    // Half-open connections are passed on as such.
    const listener = createServer({ allowHalfOpen: true })
    const proxy = new TcpProxy(target, listener)
    listener.on('connection', socket => proxy.#accept(socket))
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return proxy
  }

  get port(): number {
    const address = this.#listener.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy is closed')
    return address.port
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** So many connections were let in until now. */
  get accepted(): number {
    return this.#accepted
  }

  /** All connections break, as when a firewall forgets them loudly. */
  cut(): void {
    for (const pair of this.#pairs) destroy(pair)
  }

  /** Each connection breaks once the server has sent so many bytes more: in the middle of a message. */
  cutAfter(bytes: number): void {
    for (const pair of this.#pairs) pair.left = bytes
  }

  /** The clients hear that nothing more comes, while the servers still listen. */
  halfClose(): void {
    for (const { client, server } of this.#pairs) {
      server.removeAllListeners('data')
      server.resume()
      client.end()
    }
  }

  /**
   * Loses the first connection whose client sends something of which `isLost` says so, that included: nothing of it passes any more, and
   * nobody is told. Resolves then.
   */
  loseOn(isLost: (sent: Buffer) => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#losesOn = sent => {
        if (!isLost(sent)) return false
        this.#losesOn = null
        resolve()
        return true
      }
    })
  }

  /** What the clients that there are now send waits, until `release`; new connections pass. */
  hold(): void {
    for (const pair of this.#pairs) {
      pair.held = true
      pair.client.pause()
    }
  }

  /** Nothing passes, and nobody is told, until `release`. New connections stall as well. */
  stall(): void {
    this.#stalled = true
    for (const { client, server } of this.#pairs) {
      client.pause()
      server.pause()
    }
  }

  release(): void {
    this.#stalled = false
    for (const pair of this.#pairs) {
      pair.held = false
      pair.client.resume()
      pair.server.resume()
    }
  }

  /** Cuts all connections and lets nobody in until `admit`. */
  refuse(): void {
    this.#refusing = true
    this.cut()
  }

  admit(): void {
    this.#refusing = false
  }

  async close(): Promise<void> {
    if (!this.#listener.listening) return
    const closed = once(this.#listener, 'close')
    this.#listener.close()
    this.cut()
    await closed
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy()
      return
    }
    this.#accepted++
    const server = connectTo({ ...this.#target, allowHalfOpen: true })
    const pair: Pair = { client, server, left: Number.POSITIVE_INFINITY, lost: false, held: false }
    this.#pairs.add(pair)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      const end = () => {
        // The other side of a lost one hears of nothing, until the proxy is closed.
        if (!pair.lost) destroy(pair)
      }
      socket.on('error', end)
      socket.on('close', () => {
        if (!pair.lost) this.#pairs.delete(pair)
        end()
      })
      if (this.#stalled) socket.pause()
    }
    const fromClient = (chunk: Buffer) => {
      pair.lost ||= this.#losesOn?.(chunk) === true
      return pair.lost ? null : chunk
    }
    this.#forward(client, server, fromClient, () => !pair.held)
    this.#forward(server, client, chunk => (pair.lost ? null : allowed(pair, chunk)))
  }

  #forward(from: Socket, to: Socket, pass: (chunk: Buffer) => Buffer | null, mayGoOn = () => true): void {
    from.on('data', (chunk: Buffer) => {
      const passing = pass(chunk)
      if (passing !== null && !to.write(passing)) from.pause()
    })
    to.on('drain', () => {
      if (!this.#stalled && mayGoOn()) from.resume()
    })
    from.on('end', () => {
      if (pass(nothing) !== null) to.end()
    })
    if (this.#stalled) from.pause()
  }
}

/** What of the chunk may pass; the connection breaks behind it when that is not all. */
function allowed(pair: Pair, chunk: Buffer): Buffer | null {
  if (chunk.length <= pair.left) {
    pair.left -= chunk.length
    return chunk
  }
  const part = chunk.subarray(0, pair.left)
  pair.left = 0
  pair.client.write(part, () => destroy(pair))
  return null
}

function destroy({ client, server }: Pair): void {
  for (const socket of [client, server]) if (!socket.destroyed) socket.resetAndDestroy()
}
