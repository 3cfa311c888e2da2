const FIRST_BYTES = 512
const MAX_BYTES = 64 << 10

/** Writes the big-endian fields of a Kafka request. Buffers given to `raw` become parts of their own and are not copied. */
export class WireWriter {
  readonly #parts: Buffer[] = []
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #start = 0
  #position = 0

  int8(value: number): this {
    this.#position = this.#room(1).writeInt8(value, this.#position)
    return this
  }

  int16(value: number): this {
    this.#position = this.#room(2).writeInt16BE(value, this.#position)
    return this
  }

  int32(value: number): this {
    this.#position = this.#room(4).writeInt32BE(value, this.#position)
    return this
  }

  int64(value: bigint): this {
    this.#position = this.#room(8).writeBigInt64BE(value, this.#position)
    return this
  }

  string(text: string): this {
    const bytes = Buffer.byteLength(text)
    return this.int16(bytes).#text(text, bytes)
  }

  /** As requests of the flexible kind have strings. */
  compactString(text: string): this {
    const bytes = Buffer.byteLength(text)
    return this.unsignedVarint(bytes + 1).#text(text, bytes)
  }

  unsignedVarint(value: number): this {
    let rest = value
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80)
    return this.#byte(rest)
  }

  raw(bytes: Buffer): this {
    this.#flush()
    this.#parts.push(bytes)
    return this
  }

  parts(): Buffer[] {
    this.#flush()
    return this.#parts
  }

  /** Each part is a write of its own to the socket, so only what is too long for the buffer becomes one. */
  #text(text: string, bytes: number): this {
    if (bytes > FIRST_BYTES) return this.raw(Buffer.from(text))
    const buffer = this.#room(bytes)
    this.#position += buffer.write(text, this.#position)
    return this
  }

  #byte(value: number): this {
    this.#position = this.#room(1).writeUInt8(value, this.#position)
    return this
  }

  #room(bytes: number): Buffer {
    if (this.#position + bytes > this.#buffer.length) {
      this.#flush()
      this.#buffer = Buffer.allocUnsafe(Math.min(MAX_BYTES, this.#buffer.length * 2))
      this.#start = 0
      this.#position = 0
    }
    return this.#buffer
  }

  #flush(): void {
    if (this.#position > this.#start) this.#parts.push(this.#buffer.subarray(this.#start, this.#position))
    this.#start = this.#position
  }
}
