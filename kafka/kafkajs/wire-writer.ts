/** Writes the big-endian fields of a Kafka request. Buffers given to `raw` become parts of their own and are not copied. */
export class WireWriter {
  readonly #parts: Buffer[] = []
  #buffer = Buffer.allocUnsafe(512)
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
    const bytes = Buffer.from(text)
    this.int16(bytes.length)
    return this.raw(bytes)
  }

  /** As requests of the flexible kind have strings. */
  compactString(text: string): this {
    const bytes = Buffer.from(text)
    return this.unsignedVarint(bytes.length + 1).raw(bytes)
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

  #byte(value: number): this {
    this.#position = this.#room(1).writeUInt8(value, this.#position)
    return this
  }

  #room(bytes: number): Buffer {
    if (this.#position + bytes > this.#buffer.length) {
      this.#flush()
      this.#buffer = Buffer.allocUnsafe(512)
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
