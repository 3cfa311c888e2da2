import type { Duplex } from 'node:stream'

const lullMs = 5
const backlogBytes = 16 << 10
const muchBytes = 64 << 10

/**
 * Decides when a socket is read. Under a backlog it lets bytes gather for some milliseconds between reads, else the server's
 * packets of one row wake us one by one; when little comes, every byte is read at once. Holds reading while `full`.
 */
export class ReadPacing {
  readonly #socket: Duplex
  #lull: NodeJS.Timeout | null = null
  #full = false
  #windowStart = 0
  #windowBytes = 0

  constructor(socket: Duplex) {
    this.#socket = socket
  }

  /** What one turn of the event loop has brought. */
  received(bytes: number): void {
    const now = performance.now()
    if (now - this.#windowStart > 2 * lullMs) {
      this.#windowStart = now
      this.#windowBytes = 0
    }
    this.#windowBytes += bytes
    // After much there may be more at once; only after little is there nothing to gain from reading on.
    if (bytes >= muchBytes || this.#windowBytes < backlogBytes || this.#lull !== null) return
    this.#windowBytes = 0
    this.#socket.pause()
    this.#lull = setTimeout(this.#endLull, lullMs)
  }

  set full(full: boolean) {
    if (full === this.#full) return
    this.#full = full
    if (full) this.#socket.pause()
    else if (this.#lull === null) this.#socket.resume()
  }

  stop(): void {
    if (this.#lull !== null) clearTimeout(this.#lull)
    this.#lull = null
  }

  readonly #endLull = (): void => {
    this.#lull = null
    this.#windowStart = performance.now()
    if (!this.#full) this.#socket.resume()
  }
}
