import { headerBytes, messageBytes } from './server-message.ts'

// Through TLS each message may come as a chunk of its own, whose keeping costs more than the copying.
const smallBytes = 4 << 10
const roomBytes = 64 << 10

/** Received bytes in the order of arrival, given out as whole messages. Copies only small chunks, and messages that lie across two. */
export class ByteQueue {
  /** Where the message that `take` found lies. */
  buffer: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  /** Not yet taken. */
  bytes = 0
  readonly #later: Buffer[] = []
  #head: Buffer = Buffer.alloc(0)
  #position = 0
  // Small chunks lie here one after the other; what lies between the two has not been made a chunk of `later` yet.
  #room: Buffer = Buffer.alloc(0)
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
    let missing = bytes - (this.#head.length - this.#position)
    if (missing <= 0) return true
    if (this.bytes < bytes) return false
    this.#closeRoom()
    const parts = [this.#head.subarray(this.#position)]
    let count = 0
    for (const chunk of this.#later) {
      if (missing <= 0) break
      parts.push(chunk)
      missing -= chunk.length
      count++
    }
    this.#later.splice(0, count)
    this.#head = contiguous(parts)
    this.#position = 0
    return true
  }

  #closeRoom(): void {
    if (this.#roomStart === this.#roomEnd) return
    this.#later.push(this.#room.subarray(this.#roomStart, this.#roomEnd))
    this.#roomStart = this.#roomEnd
  }
}

function contiguous(parts: readonly Buffer[]): Buffer {
  const filled = parts.filter(part => part.length > 0)
  const [only] = filled
  return filled.length === 1 && only !== undefined ? only : Buffer.concat(filled)
}
