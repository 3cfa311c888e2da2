import { headerBytes, messageBytes } from './server-message.ts'

// Through TLS each message may come as a chunk of its own, whose keeping costs more than the copying.
const smallBytes = 4 << 10
const roomBytes = 64 << 10
const empty = Buffer.alloc(0)

/** Received bytes in the order of arrival, given out as whole messages. Copies only small chunks, and messages that lie across two. */
export class ByteQueue {
  /** Where the message that `take` found lies. */
  buffer: Buffer = empty
  start = 0
  end = 0
  /** Not yet taken. */
  bytes = 0
  readonly #later: Buffer[] = []
  #head: Buffer = empty
  #position = 0
  // Small chunks lie here one after the other; what lies between the two has not been made a chunk of `later` yet.
  #room: Buffer = empty
  #roomStart = 0
  #roomEnd = 0

  push(chunk: Buffer): void {
    this.bytes += chunk.length
    if (chunk.length > smallBytes) {
      this.#closeRoom()
      this.#later.push(chunk)
      return
    }
    if (this.#room.length - this.#roomEnd < chunk.length) {
      this.#closeRoom()
      this.#room = Buffer.allocUnsafeSlow(roomBytes)
      this.#roomStart = this.#roomEnd = 0
    }
    this.#roomEnd += chunk.copy(this.#room, this.#roomEnd)
  }

  /** Finds the next whole message (type, length, body) and gives its type; 0 if none has arrived yet. */
  take(): number {
    if (!this.#reach(headerBytes)) return 0
    const length = messageBytes(this.#head, this.#position)
    if (!this.#reach(length)) return 0
    this.buffer = this.#head
    this.start = this.#position + headerBytes
    this.end = this.#position + length
    this.#position = this.end
    this.bytes -= length
    return this.buffer[this.start - headerBytes] ?? 0
  }

  /** Makes the next `bytes` contiguous. */
  #reach(bytes: number): boolean {
    if (this.#head.length - this.#position >= bytes) return true
    if (this.bytes < bytes) return false
    this.#closeRoom()
    if (this.#position === this.#head.length) this.#advance()
    if (this.#head.length - this.#position < bytes) this.#join(bytes)
    return true
  }

  /** Goes on with the next chunk. */
  #advance(): void {
    this.#head = this.#later.shift() ?? empty
    this.#position = 0
  }

  /** Copies the next `bytes` together, and nothing behind them: a chunk may hold a megabyte more. */
  #join(bytes: number): void {
    const joined = Buffer.allocUnsafe(bytes)
    let filled = this.#head.copy(joined, 0, this.#position)
    let used = 0
    for (const chunk of this.#later) {
      if (filled === bytes) break
      const copied = chunk.copy(joined, filled)
      filled += copied
      if (copied === chunk.length) used++
      else this.#later[used] = chunk.subarray(copied)
    }
    this.#later.splice(0, used)
    this.#head = joined
    this.#position = 0
  }

  #closeRoom(): void {
    if (this.#roomStart === this.#roomEnd) return
    this.#later.push(this.#room.subarray(this.#roomStart, this.#roomEnd))
    this.#roomStart = this.#roomEnd
  }
}
