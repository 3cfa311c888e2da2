import { headerBytes } from './server-message.ts'

/** Gets one message: its type and where its body lies. Returns false to stop; that message counts as not read. */
export type MessageListener = (type: number, buffer: Buffer, start: number, end: number) => boolean

const keepBytes = 1 << 20

/** Cuts received bytes into messages. Copies only what a chunk leaves unfinished. */
export class MessageSplitter {
  #held: Buffer = Buffer.alloc(0)
  #length = 0

  /** Passes every whole message on. When the listener stops: the bytes from that message on, else null. */
  split(chunk: Buffer, listener: MessageListener): Buffer | null {
    const bytes = this.#length === 0 ? chunk : this.#joined(chunk)
    let position = 0
    while (bytes.length - position >= headerBytes) {
      const next = position + 1 + bytes.readInt32BE(position + 1)
      if (next > bytes.length) break
      if (!listener(bytes[position] ?? 0, bytes, position + headerBytes, next)) {
        this.#length = 0
        return Buffer.from(bytes.subarray(position))
      }
      position = next
    }
    this.#hold(bytes, position)
    return null
  }

  #joined(chunk: Buffer): Buffer {
    const length = this.#length + chunk.length
    if (length > this.#held.length) this.#enlarge(Math.max(length, this.#announced()))
    chunk.copy(this.#held, this.#length)
    this.#length = length
    return this.#held.subarray(0, length)
  }

  /** Size of the unfinished message, where its header has arrived. */
  #announced(): number {
    return this.#length >= headerBytes ? this.#held.readInt32BE(1) + 1 : 0
  }

  #enlarge(bytes: number): void {
    const larger = Buffer.allocUnsafe(bytes + 65_536)
    this.#held.copy(larger, 0, 0, this.#length)
    this.#held = larger
  }

  #hold(bytes: Buffer, from: number): void {
    const rest = bytes.length - from
    if (rest > this.#held.length || (rest < keepBytes && this.#held.length > keepBytes)) {
      this.#held = Buffer.allocUnsafe(rest + 65_536)
    }
    bytes.copy(this.#held, 0, from)
    this.#length = rest
  }
}
