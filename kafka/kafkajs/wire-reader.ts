/** Reads the big-endian fields of a Kafka response. */
export class WireReader {
  readonly #bytes: Buffer
  #position = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  skip(bytes: number): this {
    this.#position += bytes
    return this
  }

  int16(): number {
    this.#position += 2
    return this.#bytes.readInt16BE(this.#position - 2)
  }

  int32(): number {
    this.#position += 4
    return this.#bytes.readInt32BE(this.#position - 4)
  }

  int64(): bigint {
    this.#position += 8
    return this.#bytes.readBigInt64BE(this.#position - 8)
  }

  string(): string {
    return this.#slice(this.int16()).toString()
  }

  /** A view, not a copy. Null bytes are read as none. */
  bytes(): Buffer {
    return this.#slice(this.int32())
  }

  /** Null is read as empty. */
  array<T>(element: () => T): T[] {
    return elements(this.int32(), element)
  }

  /** The next bytes, a view. */
  raw(length: number): Buffer {
    return this.#slice(length)
  }

  /** As requests of the flexible kind have strings; null is read as empty. */
  compactString(): string {
    return this.#slice(this.#unsignedVarint() - 1).toString()
  }

  skipCompact(): this {
    this.#slice(this.#unsignedVarint() - 1)
    return this
  }

  /** Null is read as empty. */
  compactArray<T>(element: () => T): T[] {
    return elements(this.#unsignedVarint() - 1, element)
  }

  /** Fields that later versions may have added. */
  skipTags(): this {
    for (let left = this.#unsignedVarint(); left > 0; left--) {
      this.#unsignedVarint()
      this.#slice(this.#unsignedVarint())
    }
    return this
  }

  #unsignedVarint(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#position++)
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  #slice(length: number): Buffer {
    const start = this.#position
    this.#position += Math.max(0, length)
    return this.#bytes.subarray(start, this.#position)
  }
}

/** None for a negative count. */
function elements<T>(count: number, element: () => T): T[] {
  const found: T[] = []
  for (let index = 0; index < count; index++) found.push(element())
  return found
}
