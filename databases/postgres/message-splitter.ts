import { headerBytes, messageBytes } from './server-message.ts'

/** Gets one message: its type and where its body lies. Returns false to stop; that message counts as not read. */
export type MessageListener = (type: number, buffer: Buffer, start: number, end: number) => boolean

const spareBytes = 64 << 10
const keepBytes = 1 << 20

/** Cuts received bytes into messages. Copies only a message that comes in more than one chunk. */
export class MessageSplitter {
  /** The beginning of a message that goes on in the next chunk. */
  #held: Buffer = Buffer.alloc(0)
  #length = 0

  /** Passes every whole message on. When the listener stops: the bytes from that message on, else null. */
  split(chunk: Buffer, listener: MessageListener): Buffer | null {
    let position = 0
    if (this.#length > 0) {
      position = this.#complete(chunk)
      if (!this.#isWhole()) return null
      const message = this.#held.subarray(0, this.#length)
      this.#length = 0
      if (!listener(message[0] ?? 0, message, headerBytes, message.length))
        return Buffer.concat([message, chunk.subarray(position)])
    }
    while (chunk.length - position >= headerBytes) {
      const next = position + messageBytes(chunk, position)
      if (next > chunk.length) break
      if (!listener(chunk[position] ?? 0, chunk, position + headerBytes, next))
        return Buffer.from(chunk.subarray(position))
      position = next
    }
    this.#hold(chunk, position)
    return null
  }

  /** Takes what is missing of the held message; returns how much of the chunk that was. */
  #complete(chunk: Buffer): number {
    const taken = this.#take(chunk, 0, headerBytes)
    return this.#length < headerBytes ? taken : this.#take(chunk, taken, messageBytes(this.#held, 0))
  }

  /** Copies from the chunk until `bytes` are held, or the chunk is at its end; returns where it stopped. */
  #take(chunk: Buffer, from: number, bytes: number): number {
    if (bytes > this.#held.length) this.#room(bytes)
    const copied = chunk.copy(this.#held, this.#length, from, from + Math.max(0, bytes - this.#length))
    this.#length += copied
    return from + copied
  }

  #isWhole(): boolean {
    return this.#length >= headerBytes && this.#length === messageBytes(this.#held, 0)
  }

  #hold(chunk: Buffer, from: number): void {
    const rest = chunk.length - from
    if (rest > this.#held.length || (rest < keepBytes && this.#held.length > keepBytes)) this.#room(rest)
    this.#length = chunk.copy(this.#held, 0, from)
  }

  #room(bytes: number): void {
    const room = Buffer.allocUnsafe(bytes + spareBytes)
    this.#held.copy(room, 0, 0, this.#length)
    this.#held = room
  }
}
